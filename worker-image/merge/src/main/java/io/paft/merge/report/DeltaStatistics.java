package io.paft.merge.report;

import io.paft.merge.kernel.Moments;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Sums over the elements of one input's delta d = W - B, of one tensor or of a whole model. */
public final class DeltaStatistics {
    /** The limits of |d| that are counted, besides zero. */
    static final float[] LIMITS = {1e-6f, 1e-5f, 1e-4f};

    /** Where the elements are that change nothing in bf16. */
    private static final int EQUAL = LIMITS.length + 1;

    /** How many are zero, how many within each limit, and at the end how many change nothing in bf16. */
    private final long[] counts = new long[EQUAL + 1];
    /** Sums of the magnitudes and of the squares. */
    private final double[] moments = new double[2];

    private long elements;
    private long kept;
    private double baseAbsolute;
    private double baseSquares;
    private double keptSquares;
    private Magnitudes magnitudes = new Magnitudes();
    /** What the magnitudes will be made of, until {@link #seal}. */
    private @Nullable MagnitudeSample sample;

    /**
     * Adds a tile before sparsifying.
     *
     * @param input what was measured of it
     * @param base of the same elements of the base
     * @param count how many elements it has
     */
    void add(TileMoments.Input input, Moments.Norms base, int count) {
        Moments.Delta delta = input.delta();
        for (int i = 0; i < EQUAL; i++) {
            counts[i] += delta.within().get(i);
        }
        counts[EQUAL] += input.equal();
        moments[0] += delta.norms().magnitudes();
        moments[1] += delta.norms().squares();
        elements += count;
        baseAbsolute += base.magnitudes();
        baseSquares += base.squares();
    }

    /** Adds the sum of the squares of what sparsifying left of a tile. */
    void addAfter(double sumOfSquares) {
        keptSquares += sumOfSquares;
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
            keptSquares = moments[1];
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
        Arrays.setAll(counts, i -> counts[i] + other.counts[i]);
        Arrays.setAll(moments, i -> moments[i] + other.moments[i]);
        elements += other.elements;
        kept += other.kept;
        baseAbsolute += other.baseAbsolute;
        baseSquares += other.baseSquares;
        keptSquares += other.keptSquares;
    }

    /** False when an element of the delta or of the base was infinite or not a number: then the sums have no value. */
    public boolean isFinite() {
        return Double.isFinite(moments[1]) && Double.isFinite(baseSquares);
    }

    /** Number of elements. */
    public long elements() {
        return elements;
    }

    /** How many are not zero, before sparsifying. */
    long changed() {
        return elements - counts[0];
    }

    /** Share of the elements that sparsifying kept, 0 to 1; NaN without elements. */
    public double density() {
        return share(kept);
    }

    /** Share of the elements with |d| at most the limit of this index: of 0, 1e-6, 1e-5 and 1e-4. */
    public double within(int limit) {
        return share(counts[limit]);
    }

    /** Share of the elements whose sum B + d, rounded to bf16, equals B rounded to bf16. */
    public double equalInBf16() {
        return share(counts[EQUAL]);
    }

    /** Sum of |d|. */
    public double l1() {
        return isFinite() ? moments[0] : Double.NaN;
    }

    /** Square root of the sum of d squared. */
    public double l2() {
        return isFinite() ? Math.sqrt(moments[1]) : Double.NaN;
    }

    /** L1 norm of d divided by that of B; NaN for a base of zeros. */
    public double relativeL1() {
        return moments[0] / baseAbsolute;
    }

    /** L2 norm of d divided by that of B; NaN for a base of zeros. */
    public double relativeL2() {
        return Math.sqrt(moments[1] / baseSquares);
    }

    /** Square root of the sum of the squares that sparsifying left. */
    double keptL2() {
        return isFinite() ? Math.sqrt(keptSquares) : Double.NaN;
    }

    /** How |d| is distributed before sparsifying. */
    public Magnitudes magnitudes() {
        return magnitudes;
    }

    private double share(long part) {
        return elements == 0 ? Double.NaN : (double) part / elements;
    }
}
