package io.paft.merge.kernel;

import java.util.Arrays;

/**
 * Keeps elements of one row at random, with a probability that grows with the rank of the magnitude in the row: linearly
 * from density - epsilon for the smallest to density + epsilon for the largest. A row of one element has the density. Of
 * equal magnitudes the first by index ranks higher.
 *
 * <p>An element's number is drawn before its rank is known. Counting magnitudes by their leading bits bounds every rank so
 * well that the bounds decide nearly all elements; the ranks of the few others are counted, or, where they are many, sorted.
 */
public final class RowRanks {
    private static final int MAGNITUDE = 0x7fffffff;
    private static final long INDEX = 0xffffffffL;
    /** Leaves sign-less bits their exponent and four bits of the mantissa. */
    private static final int SHIFT = 19;

    private static final int BINS = 1 << (31 - SHIFT);
    /** A count of the row is worth so many elements of a sort. */
    private static final int COUNTED = 64;

    private final int[] magnitudes;
    private final int[] masks;
    private final int[] sizes = new int[BINS];
    private final long[] surely = new long[BINS];
    private final long[] maybe = new long[BINS];
    private int zeros;

    /** For rows of this length. */
    public RowRanks(int length) {
        magnitudes = new int[length];
        masks = new int[length];
    }

    /** Bytes that one takes at most, those of a sort included. */
    public static long bytes(long length) {
        return length * (2 * Integer.BYTES + Long.BYTES) + BINS * (Integer.BYTES + 2L * Long.BYTES);
    }

    /** Takes elements 0 to count - 1 as those of the row from {@code from} on. */
    public void load(float[] values, int from, int count) {
        for (int i = 0; i < count; i++) {
            magnitudes[from + i] = Float.floatToRawIntBits(values[i]) & MAGNITUDE;
        }
    }

    /**
     * Once the whole row is loaded: draws which of its elements are kept.
     *
     * @param key of the generator
     * @param start index in the tensor of the row's first element
     */
    public void draw(long key, long start, double density, double epsilon) {
        var probability = new Probability(density, epsilon, magnitudes.length - 1);
        bound(probability);
        int[] open = new int[COUNTED];
        int undecided = 0;
        int zerosAfter = zeros;
        for (int i = 0; i < magnitudes.length; i++) {
            long drawn = CounterRandom.bits(key, start + i);
            int bin = magnitudes[i] >>> SHIFT;
            if (magnitudes[i] == 0) {
                // A training that rounds leaves many exact zeros; their ranks are those of their places.
                masks[i] = mask(drawn, probability.limit(--zerosAfter));
            } else {
                masks[i] = mask(drawn, surely[bin]);
                if (drawn >= surely[bin] && drawn < maybe[bin]) {
                    open[undecided % COUNTED] = i;
                    undecided++;
                }
            }
        }
        if (undecided > COUNTED) {
            sort(key, start, probability);
        } else {
            for (int at = 0; at < undecided; at++) {
                int i = open[at];
                masks[i] = mask(CounterRandom.bits(key, start + i), probability.limit(rank(i)));
            }
        }
    }

    /**
     * Sets to zero those of consecutive elements that were not kept.
     *
     * @param values gets them, from {@code at} on
     * @param from index in the row of the first
     * @return how many were kept
     */
    public int apply(float[] values, int at, int from, int count) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            int mask = masks[from + i];
            values[at + i] = Float.intBitsToFloat(Float.floatToRawIntBits(values[at + i]) & mask);
            kept -= mask;
        }
        return kept;
    }

    /** Finds, for the magnitudes of each bin, below which number all are kept and from which on none is. */
    private void bound(Probability probability) {
        Arrays.fill(sizes, 0);
        zeros = 0;
        for (int magnitude : magnitudes) {
            sizes[magnitude >>> SHIFT]++;
            zeros += magnitude == 0 ? 1 : 0;
        }
        int below = 0;
        for (int bin = 0; bin < BINS; bin++) {
            if (sizes[bin] > 0) {
                surely[bin] = probability.limit(below);
                below += sizes[bin];
                maybe[bin] = probability.limit(below - 1);
            }
        }
    }

    /** All ones for a number below the limit. */
    private static int mask(long drawn, long limit) {
        return (int) ((drawn - limit) >> 63);
    }

    private int rank(int index) {
        int magnitude = magnitudes[index];
        int rank = 0;
        for (int other : magnitudes) {
            rank += (other - magnitude) >>> 31;
        }
        for (int i = index + 1; i < magnitudes.length; i++) {
            rank += magnitudes[i] == magnitude ? 1 : 0;
        }
        return rank;
    }

    /** The reference: ranks by sorting. */
    void sort(long key, long start, Probability probability) {
        long[] keys = new long[magnitudes.length];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = ((long) magnitudes[i] << 32) | (INDEX - i);
        }
        Arrays.sort(keys);
        for (int rank = 0; rank < keys.length; rank++) {
            int index = (int) (INDEX - (keys[rank] & INDEX));
            masks[index] = mask(CounterRandom.bits(key, start + index), probability.limit(rank));
        }
    }

    /**
     * The probability of each rank; it never falls from one rank to the next, neither does its rounded value.
     *
     * @param last the highest rank
     */
    record Probability(double density, double epsilon, int last) {
        /** The limit below which the number of the element of this rank must be. */
        long limit(int rank) {
            double share = last == 0 ? 0.5 : (double) rank / last;
            return CounterRandom.limit(density - epsilon + 2 * epsilon * share);
        }
    }
}
