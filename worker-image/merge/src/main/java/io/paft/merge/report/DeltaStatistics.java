package io.paft.merge.report;

import io.paft.merge.kernel.Measure;
import java.util.Arrays;

/** Sums over the elements of one input's delta d = W - B, of one tensor or of a whole model. */
public final class DeltaStatistics {
    /** The limits of |d| that are counted; 0 counts exact zeros. */
    static final float[] LIMITS = {0f, 1e-6f, 1e-5f, 1e-4f};

    private final long[] within = new long[LIMITS.length];
    private long elements;
    private long kept;
    private long equalInBf16;
    private double absolute;
    private double squares;
    private double baseSquares;

    /**
     * Counts elements 0 to count - 1, before sparsifying.
     *
     * @param baseSum sum of the squares of these elements of the base, the same for all inputs
     */
    public void add(float[] delta, float[] base, int count, double baseSum) {
        for (int limit = 0; limit < LIMITS.length; limit++) {
            within[limit] += Measure.countAtMost(delta, count, LIMITS[limit]);
        }
        elements += count;
        equalInBf16 += Measure.countEqualInBf16(base, delta, count);
        absolute += Measure.sumOfMagnitudes(delta, count);
        squares += Measure.dot(delta, delta, count);
        baseSquares += baseSum;
    }

    /** Counts elements that sparsifying kept. */
    public void addKept(long count) {
        kept += count;
    }

    /** Adds the sums of another tensor. */
    public void add(DeltaStatistics other) {
        Arrays.setAll(within, limit -> within[limit] + other.within[limit]);
        elements += other.elements;
        kept += other.kept;
        equalInBf16 += other.equalInBf16;
        absolute += other.absolute;
        squares += other.squares;
        baseSquares += other.baseSquares;
    }

    /** False when an element was infinite or not a number. */
    public boolean isFinite() {
        return Double.isFinite(squares) && Double.isFinite(baseSquares);
    }

    /** Number of elements. */
    public long elements() {
        return elements;
    }

    /** Share of the elements that sparsifying kept, 0 to 1; NaN without elements. */
    public double density() {
        return share(kept);
    }

    /** Share of the elements with |d| at most the limit of this index in {@link #LIMITS}. */
    public double within(int limit) {
        return share(within[limit]);
    }

    /** Share of the elements whose sum B + d, rounded to bf16, equals B rounded to bf16. */
    public double equalInBf16() {
        return share(equalInBf16);
    }

    /** Sum of |d|. */
    public double l1() {
        return absolute;
    }

    /** Square root of the sum of d squared. */
    public double l2() {
        return Math.sqrt(squares);
    }

    /** L2 norm of d divided by that of B; NaN for a base of zeros. */
    public double relative() {
        return Math.sqrt(squares / baseSquares);
    }

    private double share(long part) {
        return elements == 0 ? Double.NaN : (double) part / elements;
    }
}
