package io.paft.merge.kernel;

import java.util.Arrays;

/**
 * Keeps elements of one row at random, with a probability that grows with the rank of the magnitude in the row: linearly
 * from density - epsilon for the smallest to density + epsilon for the largest. A row of one element has the density. Of
 * equal magnitudes the first by index ranks higher.
 *
 * <p>An element's number is drawn before its rank is known. Counting magnitudes by their leading bits bounds every rank so
 * well that the bounds decide nearly all elements; the others are compared with those of the same leading bits, or, where
 * that is too much, all are sorted.
 */
public final class RowRanks {
    private static final int MAGNITUDE = 0x7fffffff;
    /** Leaves sign-less bits their exponent and four bits of the mantissa. */
    private static final int SHIFT = 19;

    private static final int BINS = 1 << (31 - SHIFT);
    /** Of more comparisons than this for each element of the row, sorting takes less. */
    private static final int COMPARED = 64;

    private static final int DIGIT = 11;
    private static final int DIGITS = (1 << DIGIT) - 1;

    private final int[] magnitudes;
    private final int[] masks;
    /** The elements that the bounds do not decide, and where those lie among the magnitudes by their bins. */
    private final int[] open;

    private final int[] spots;
    private final int[] byBin;
    private final int[] below = new int[BINS];
    private final int[] next = new int[BINS];
    private final int[] sizes = new int[BINS];
    private final int[] places = new int[DIGITS + 1];
    private final long[] surely = new long[BINS];
    private final long[] maybe = new long[BINS];
    private int zeros;

    /** For rows of this length. */
    public RowRanks(int length) {
        magnitudes = new int[length];
        masks = new int[length];
        open = new int[length];
        spots = new int[length];
        byBin = new int[length];
    }

    /** Bytes that one takes. */
    public static long bytes(long length) {
        return 5 * length * Integer.BYTES
                + BINS * (3L * Integer.BYTES + 2L * Long.BYTES)
                + (DIGITS + 1L) * Integer.BYTES;
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
        int undecided = 0;
        long comparisons = 0;
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
                    open[undecided] = i;
                    undecided++;
                    comparisons += sizes[bin];
                }
            }
        }
        if (comparisons > (long) COMPARED * magnitudes.length) {
            sort(key, start, probability);
        } else if (undecided > 0) {
            placeByBin(undecided);
            for (int at = 0; at < undecided; at++) {
                masks[open[at]] = mask(CounterRandom.bits(key, start + open[at]), probability.limit(rank(at)));
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
        int rank = 0;
        for (int bin = 0; bin < BINS; bin++) {
            if (sizes[bin] > 0) {
                below[bin] = rank;
                surely[bin] = probability.limit(rank);
                rank += sizes[bin];
                maybe[bin] = probability.limit(rank - 1);
            }
        }
    }

    /** All ones for a number below the limit. */
    private static int mask(long drawn, long limit) {
        return (int) ((drawn - limit) >> 63);
    }

    /** Puts magnitudes of the same bin side by side, in the order of their elements. */
    private void placeByBin(int undecided) {
        System.arraycopy(below, 0, next, 0, BINS);
        int from = 0;
        for (int at = 0; at < undecided; at++) {
            placeByBin(from, open[at]);
            spots[at] = next[magnitudes[open[at]] >>> SHIFT];
            from = open[at];
        }
        placeByBin(from, magnitudes.length);
    }

    private void placeByBin(int from, int end) {
        for (int i = from; i < end; i++) {
            byBin[next[magnitudes[i] >>> SHIFT]++] = magnitudes[i];
        }
    }

    /** Of an undecided element: how many of the row are smaller, or equal and come later. */
    private int rank(int at) {
        int magnitude = magnitudes[open[at]];
        int bin = magnitude >>> SHIFT;
        int end = below[bin] + sizes[bin];
        int rank = below[bin];
        for (int i = below[bin]; i < end; i++) {
            rank += (byBin[i] - magnitude) >>> 31;
        }
        for (int i = spots[at] + 1; i < end; i++) {
            rank += ((byBin[i] ^ magnitude) - 1) >>> 31;
        }
        return rank;
    }

    /** Decides by the ranks of all: sorts by digits, from the last one; digits that are the same everywhere cost a count. */
    private void sort(long key, long start, Probability probability) {
        int last = magnitudes.length - 1;
        int[] order = open;
        for (int at = 0; at <= last; at++) {
            order[at] = last - at;
        }
        int[] other = spots;
        for (int shift = 0; shift < Integer.SIZE - 1; shift += DIGIT) {
            if (place(order, other, shift)) {
                int[] before = order;
                order = other;
                other = before;
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
