package io.paft.merge.report;

import io.paft.merge.kernel.Measure;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

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
    private double baseAbsolute;
    private double baseSquares;
    private double keptSquares;
    private Magnitudes magnitudes = new Magnitudes();
    /** What the magnitudes will be made of, until {@link #seal}. */
    private @Nullable MagnitudeSample sample;

    /**
     * Counts elements 0 to count - 1, before sparsifying.
     *
     * @param baseMagnitudes sum of the magnitudes of these elements of the base, the same for all inputs
     * @param baseProducts sum of their squares
     */
    public void add(float[] delta, float[] base, int count, double baseMagnitudes, double baseProducts) {
        for (int limit = 0; limit < LIMITS.length; limit++) {
            within[limit] += Measure.countAtMost(delta, count, LIMITS[limit]);
        }
        elements += count;
        equalInBf16 += Measure.countEqualInBf16(base, delta, count);
        absolute += Measure.sumOfMagnitudes(delta, count);
        squares += Measure.dot(delta, delta, count);
        baseAbsolute += baseMagnitudes;
        baseSquares += baseProducts;
    }

    /** Counts elements 0 to count - 1, after sparsifying. */
    public void addAfter(float[] delta, int count) {
        keptSquares += Measure.dot(delta, delta, count);
    }

    /**
     * Ends the statistics of a tensor or a range of it.
     *
     * @param keptCount number of elements that sparsifying kept
     * @param magnitudeSample of the elements before sparsifying
     * @param unchanged true when nothing was sparsified, and so no element was counted afterwards
     */
    public void end(long keptCount, MagnitudeSample magnitudeSample, boolean unchanged) {
        kept += keptCount;
        sample = magnitudeSample;
        if (unchanged) {
            keptSquares = squares;
        }
    }

    /** Adds another range of the same tensor; both have ended. */
    void addRange(DeltaStatistics other) {
        addSums(other);
        if (sample != null && other.sample != null) {
            sample.add(other.sample);
        }
    }

    /** Makes the magnitudes of the sample, which takes far less memory: after the last range of a tensor. */
    void seal() {
        if (sample != null) {
            magnitudes = sample.magnitudes();
            sample = null;
        }
    }

    /** Adds the sums of another tensor, which is sealed. */
    public void add(DeltaStatistics other) {
        if (other.sample != null) {
            throw new IllegalStateException("not sealed");
        }
        addSums(other);
        magnitudes.add(other.magnitudes);
    }

    private void addSums(DeltaStatistics other) {
        Arrays.setAll(within, limit -> within[limit] + other.within[limit]);
        elements += other.elements;
        kept += other.kept;
        equalInBf16 += other.equalInBf16;
        absolute += other.absolute;
        squares += other.squares;
        baseAbsolute += other.baseAbsolute;
        baseSquares += other.baseSquares;
        keptSquares += other.keptSquares;
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

    /** L1 norm of d divided by that of B; NaN for a base of zeros. */
    public double relativeL1() {
        return absolute / baseAbsolute;
    }

    /** L2 norm of d divided by that of B; NaN for a base of zeros. */
    public double relativeL2() {
        return Math.sqrt(squares / baseSquares);
    }

    /** Square root of the sum of the squares that sparsifying left. */
    double keptL2() {
        return Math.sqrt(keptSquares);
    }

    /** How |d| is distributed before sparsifying. */
    public Magnitudes magnitudes() {
        return magnitudes;
    }

    private double share(long part) {
        return elements == 0 ? Double.NaN : (double) part / elements;
    }
}
