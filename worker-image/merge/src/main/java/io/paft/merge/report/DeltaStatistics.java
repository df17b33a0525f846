package io.paft.merge.report;

import io.paft.merge.kernel.FloatCodec;
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

    /** Counts elements 0 to count - 1, before sparsifying. */
    public void add(float[] delta, float[] base, int count) {
        int zero = 0;
        int[] small = new int[LIMITS.length];
        int equal = 0;
        double sum = 0;
        double sumSquares = 0;
        double sumBase = 0;
        for (int i = 0; i < count; i++) {
            float magnitude = Math.abs(delta[i]);
            zero += magnitude == 0 ? 1 : 0;
            small[1] += magnitude <= LIMITS[1] ? 1 : 0;
            small[2] += magnitude <= LIMITS[2] ? 1 : 0;
            small[3] += magnitude <= LIMITS[3] ? 1 : 0;
            equal += FloatCodec.bf16(base[i] + delta[i]) == FloatCodec.bf16(base[i]) ? 1 : 0;
            sum += magnitude;
            sumSquares += (double) magnitude * magnitude;
            sumBase += (double) base[i] * base[i];
        }
        small[0] = zero;
        for (int limit = 0; limit < LIMITS.length; limit++) {
            within[limit] += small[limit];
        }
        elements += count;
        equalInBf16 += equal;
        absolute += sum;
        squares += sumSquares;
        baseSquares += sumBase;
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
