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
    /** Leaves sign-less bits their exponent and four bits of the mantissa. */
    private static final int SHIFT = 19;

    private static final int BINS = 1 << (31 - SHIFT);
    /** Of more elements than this, sorting the row takes less than counting through it for each. */
    private static final int COUNTED = 16;

    private static final int DIGIT = 11;
    private static final int DIGITS = (1 << DIGIT) - 1;

    private final int[] magnitudes;
    private final int[] masks;
    private final int[] sizes = new int[BINS];
    private final int[] places = new int[DIGITS + 1];
    private final long[] surely = new long[BINS];
    private final long[] maybe = new long[BINS];
    private int zeros;

    /** For rows of this length. */
    public RowRanks(int length) {
        magnitudes = new int[length];
        masks = new int[length];
    }

    /** Bytes that one takes at most, the orders of a sort included. */
    public static long bytes(long length) {
        return 4 * length * Integer.BYTES + BINS * (Integer.BYTES + 2L * Long.BYTES) + (DIGITS + 1L) * Integer.BYTES;
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

    /** Decides by the ranks of all: sorts by digits, from the last one; digits that are the same everywhere cost a count. */
    private void sort(long key, long start, Probability probability) {
        int last = magnitudes.length - 1;
        int[] order = new int[last + 1];
        for (int at = 0; at <= last; at++) {
            order[at] = last - at;
        }
        int[] next = new int[last + 1];
        for (int shift = 0; shift < Integer.SIZE - 1; shift += DIGIT) {
            if (place(order, next, shift)) {
                int[] before = order;
                order = next;
                next = before;
            }
        }
        for (int rank = 0; rank <= last; rank++) {
            int index = order[rank];
            masks[index] = mask(CounterRandom.bits(key, start + index), probability.limit(rank));
        }
    }

    /** Puts elements into the order of one digit, equal ones as they come; false when all have the same. */
    private boolean place(int[] order, int[] target, int shift) {
        Arrays.fill(places, 0);
        for (int magnitude : magnitudes) {
            places[(magnitude >>> shift) & DIGITS]++;
        }
        if (places[(magnitudes[0] >>> shift) & DIGITS] == magnitudes.length) {
            return false;
        }
        int place = 0;
        for (int digit = 0; digit <= DIGITS; digit++) {
            int size = places[digit];
            places[digit] = place;
            place += size;
        }
        for (int index : order) {
            target[places[(magnitudes[index] >>> shift) & DIGITS]++] = index;
        }
        return true;
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
