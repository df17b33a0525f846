package io.paft.merge.kernel;

/**
 * Finds the exact k-th largest magnitude of any number of elements in bounded memory, without sorting.
 *
 * <p>Two passes over the data. The first counts the upper 16 of the 31 magnitude bits of every element: that gives the
 * bin in which the k-th largest lies. The second counts the lower 15 bits inside that bin. Together 0.75 MiB.
 */
public final class TopK {
    private static final int LOW_BITS = 15;
    private static final int MAGNITUDE = 0x7fffffff;

    private final long[] high = new long[1 << 16];
    private final long[] low = new long[1 << LOW_BITS];
    private int bin;
    private long rankInBin;

    /** Forgets everything counted. */
    public void reset() {
        java.util.Arrays.fill(high, 0);
        java.util.Arrays.fill(low, 0);
    }

    /** First pass: counts elements 0 to count - 1. */
    public void countHigh(float[] values, int count) {
        for (int i = 0; i < count; i++) {
            high[(Float.floatToRawIntBits(values[i]) & MAGNITUDE) >>> LOW_BITS]++;
        }
    }

    /**
     * Between the passes: finds the bin of the k-th largest magnitude.
     *
     * @param k 1 to the number of elements counted
     */
    public void chooseBin(long k) {
        rankInBin = k;
        for (bin = high.length - 1; high[bin] < rankInBin; bin--) {
            rankInBin -= high[bin];
        }
    }

    /** Second pass: counts elements 0 to count - 1 of the same data. */
    public void countLow(float[] values, int count) {
        if (Simd.AVAILABLE) {
            VectorElements.countLow(values, count, bin, LOW_BITS, low);
        } else {
            countLow(values, 0, count, bin, LOW_BITS, low);
        }
    }

    /** The reference: counts the low bits of the magnitudes whose other bits are those of the bin. */
    static void countLow(float[] values, int from, int count, int bin, int lowBits, long[] low) {
        int mask = (1 << lowBits) - 1;
        for (int i = from; i < count; i++) {
            int magnitude = Float.floatToRawIntBits(values[i]) & MAGNITUDE;
            if (magnitude >>> lowBits == bin) {
                low[magnitude & mask]++;
            }
        }
    }

    /** After both passes: the threshold that keeps exactly k elements. */
    public Threshold threshold() {
        long rank = rankInBin;
        int index = low.length - 1;
        while (low[index] < rank) {
            rank -= low[index];
            index--;
        }
        return new Threshold((bin << LOW_BITS) | index, rank);
    }

    /**
     * The number of elements that a density keeps: {@code max(1, int(density * n))} with truncation, as mergekit 0.1.5.
     *
     * @param density below 1
     * @param elements at least 1
     */
    public static long kept(double density, long elements) {
        return density <= 0 ? 0 : Math.max(1, (long) (density * elements));
    }
}
