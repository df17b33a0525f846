package io.paft.merge.report;

import java.util.Arrays;
import java.util.List;

/** What is kept of one tensor's sample: its quantiles, and four bytes for each bin that is not empty. */
final class MagnitudeSketch {
    private final long stride;
    private final int sampled;
    private final float[] quantiles;
    private final char[] bins;
    private final char[] counts;

    /**
     * Of a sample.
     *
     * @param sorted its magnitudes, ascending, 1 to 65,535 of them
     * @param stride how many elements of the tensor each stands for
     * @param ranks shares of the sample at or below the quantiles
     */
    MagnitudeSketch(float[] sorted, long stride, List<Double> ranks) {
        this.stride = stride;
        this.sampled = sorted.length;
        quantiles = new float[ranks.size()];
        for (int rank = 0; rank < quantiles.length; rank++) {
            quantiles[rank] = sorted[(int) Math.ceil(ranks.get(rank) * sorted.length) - 1];
        }
        char[] found = new char[sorted.length];
        char[] times = new char[sorted.length];
        int last = -1;
        for (float value : sorted) {
            char bin = MagnitudeHistogram.bin(value);
            if (last < 0 || found[last] != bin) {
                found[++last] = bin;
            }
            times[last]++;
        }
        bins = Arrays.copyOf(found, last + 1);
        counts = Arrays.copyOf(times, last + 1);
    }

    /** Empty, for readers that set the fields of a stored one. */
    private MagnitudeSketch() {
        stride = 1;
        sampled = 0;
        quantiles = new float[0];
        bins = new char[0];
        counts = new char[0];
    }

    /** Number of magnitudes in the sample. */
    int sampled() {
        return sampled;
    }

    /** The quantile of a rank, by its index. */
    float quantile(int rank) {
        return quantiles[rank];
    }

    /** Adds the elements that the sample stands for. */
    void addTo(MagnitudeHistogram histogram) {
        for (int i = 0; i < bins.length; i++) {
            histogram.add(bins[i], counts[i] * stride);
        }
    }
}
