package io.paft.merge.kernel;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the exact k-th largest magnitude of any number of elements in bounded memory, without sorting.
 *
 * <p>Two passes over the data. The first counts the upper 16 of the 31 magnitude bits of every element: that gives the
 * bin in which the k-th largest lies. The second counts the lower 15 bits inside that bin. Together 0.75 MiB. Data in
 * several ranges is counted by one of these for each.
 */
public final class TopK {
    private static final int LOW_BITS = 15;
    private static final int MAGNITUDE = 0x7fffffff;

    /** Bytes that one takes. */
    public static final long BYTES = ((1 << 16) + (1 << LOW_BITS)) * (long) Long.BYTES;

    private final long[] high = new long[1 << 16];
    private final long[] low = new long[1 << LOW_BITS];
    private int bin;
    private long rankInBin;

    /** Forgets everything counted. */
    public void reset() {
        java.util.Arrays.fill(high, 0);
        java.util.Arrays.fill(low, 0);
    }

    /** Adds what another has counted, of either pass. */
    public void add(TopK part) {
        for (int i = 0; i < high.length; i++) {
            high[i] += part.high[i];
        }
        for (int i = 0; i < low.length; i++) {
            low[i] += part.low[i];
        }
    }

    /** Takes over the bin that another has chosen, so that the second pass counts inside it. */
    public void follow(TopK whole) {
        bin = whole.bin;
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
        chooseBin(k, List.of(this));
    }

    /** The same for the elements of all these ranges together, and for each of them. */
    public static void chooseBin(long k, List<TopK> ranges) {
        long rank = k;
        int bin = 1 << 16;
        long inBin;
        do {
            bin--;
            inBin = 0;
            for (TopK range : ranges) {
                inBin += range.high[bin];
            }
            rank -= inBin;
        } while (rank > 0);
        for (TopK range : ranges) {
            range.bin = bin;
            range.rankInBin = rank + inBin;
        }
    }

    /** Second pass: counts elements 0 to count - 1 of the same data. */
    public void countLow(float[] values, int count) {
        if (Simd.isUsed()) {
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
        return threshold(List.of(this));
    }

    /** The same for the elements of all these ranges together. */
    public static Threshold threshold(List<TopK> ranges) {
        long rank = ranges.getFirst().rankInBin;
        int index = 1 << LOW_BITS;
        long equal;
        do {
            index--;
            equal = 0;
            for (TopK range : ranges) {
                equal += range.low[index];
            }
            rank -= equal;
        } while (rank > 0);
        return new Threshold((ranges.getFirst().bin << LOW_BITS) | index, rank + equal);
    }

    /** After both passes: how many elements have a magnitude above that of the threshold. */
    public long above(Threshold threshold) {
        long found = 0;
        for (int i = bin + 1; i < high.length; i++) {
            found += high[i];
        }
        for (int i = (threshold.bits() & ((1 << LOW_BITS) - 1)) + 1; i < low.length; i++) {
            found += low[i];
        }
        return found;
    }

    /** After both passes: how many elements have exactly the magnitude of the threshold. */
    public long equal(Threshold threshold) {
        return low[threshold.bits() & ((1 << LOW_BITS) - 1)];
    }

    /**
     * After the first pass over a sample: between which magnitudes the one of a rank of the whole data lies almost
     * certainly, to be counted by a {@link Window}.
     *
     * @param share of the data that is as large as that rank or larger, 0 to 1
     * @param sampled number of elements counted
     * @return null when the span is too wide to count every magnitude in it
     */
    public @Nullable Window window(double share, long sampled) {
        // Four standard deviations of the rank in a sample, and one element for the rounding.
        double margin = 4 * Math.sqrt(sampled * share * (1 - share)) + 1;
        long first = Math.round(share * sampled - margin);
        long last = Math.round(share * sampled + margin);
        int top = first < 1 ? (1 << 16) - 1 : binOf(first);
        int bottom = last > sampled ? 0 : binOf(last);
        long span = (long) (top - bottom + 1) << LOW_BITS;
        return span > Window.WIDEST ? null : new Window(bottom << LOW_BITS, (int) span);
    }

    private int binOf(long rank) {
        long left = rank;
        int found = high.length;
        do {
            found--;
            left -= high[found];
        } while (left > 0);
        return found;
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
