package io.paft.merge.report;

/**
 * A histogram of magnitudes over the whole range of float32. A bin is 1/64 to 1/128 of its magnitude wide; the first one
 * counts as zero. Weights are whole numbers, so that sums do not depend on their order.
 */
final class MagnitudeHistogram {
    /** Bits of a float32 that the number of a bin leaves out: six of the mantissa's bits are left. */
    private static final int DROPPED = 17;

    private static final int BINS = 1 << (31 - DROPPED);

    private final long[] weights = new long[BINS];

    /** The bin of a magnitude; larger magnitudes have higher ones. */
    static char bin(float magnitude) {
        return (char) (Float.floatToRawIntBits(magnitude) >>> DROPPED);
    }

    /** Adds to a bin. */
    void add(int bin, long weight) {
        weights[bin] += weight;
    }

    /** Adds another histogram. */
    void add(MagnitudeHistogram other) {
        for (int bin = 0; bin < BINS; bin++) {
            weights[bin] += other.weights[bin];
        }
    }

    /** The magnitude that a share of the weight does not exceed; inside a bin the weight counts as spread evenly. */
    double quantile(double share) {
        double wanted = 0;
        for (long weight : weights) {
            wanted += weight;
        }
        wanted *= share;
        double below = 0;
        for (int bin = 0; bin < BINS; bin++) {
            if (weights[bin] > 0 && below + weights[bin] >= wanted) {
                return bin == 0 ? 0 : low(bin) + (low(bin + 1) - low(bin)) * (wanted - below) / weights[bin];
            }
            below += weights[bin];
        }
        return Double.NaN;
    }

    private static double low(int bin) {
        return Float.intBitsToFloat(bin << DROPPED);
    }
}
