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
    private final long[] drawn;
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
    /** The bins that hold more than zeros. */
    private int first;

    private int last;
    /** Zeros and nothing else in the lowest bin: the rank of one is that of its place. */
    private boolean onlyZeros;

    /** For rows of this length. */
    public RowRanks(int length) {
        magnitudes = new int[length];
        masks = new int[length];
        drawn = new long[length];
        open = new int[length];
        spots = new int[length];
        byBin = new int[length];
    }

    /** Bytes that one takes. */
    public static long bytes(long length) {
        return length * (5L * Integer.BYTES + Long.BYTES)
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
        CounterRandom.fill(key, start, drawn);
        int undecided = 0;
        long comparisons = 0;
        for (int i = 0; i < magnitudes.length; i++) {
            int bin = magnitudes[i] >>> SHIFT;
            long number = drawn[i];
            masks[i] = mask(number, surely[bin]);
            // Below the one limit and not the other: one branch that is seldom taken, where two would be as random as
            // the number.
            if (((surely[bin] - 1 - number) & (number - maybe[bin])) < 0) {
                open[undecided] = i;
                undecided++;
                comparisons += bin == 0 && onlyZeros ? 0 : sizes[bin];
            }
        }
        if (comparisons > (long) COMPARED * magnitudes.length) {
            sort(probability);
        } else if (undecided > 0) {
            placeByBin(undecided);
            for (int at = 0; at < undecided; at++) {
                masks[open[at]] = mask(drawn[open[at]], probability.limit(rank(at)));
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
        int largest = 0;
        int smallest = MAGNITUDE;
        int zeros = 0;
        for (int magnitude : magnitudes) {
            largest = Math.max(largest, magnitude);
            // Of a zero the largest there is.
            smallest = Math.min(smallest, (magnitude - 1) & MAGNITUDE);
            zeros += (magnitude - 1) >>> 31;
        }
        first = Math.max(1, zeros == magnitudes.length ? 1 : (smallest + 1) >>> SHIFT);
        last = largest >>> SHIFT;
        sizes[0] = 0;
        Arrays.fill(sizes, first, Math.max(first, last + 1), 0);
        for (int magnitude : magnitudes) {
            sizes[magnitude >>> SHIFT]++;
        }
        onlyZeros = sizes[0] == zeros;
        int rank = bound(0, 0, probability);
        for (int bin = first; bin <= last; bin++) {
            rank = bound(bin, rank, probability);
        }
    }

    private int bound(int bin, int rank, Probability probability) {
        if (sizes[bin] == 0) {
            return rank;
        }
        int end = rank + sizes[bin];
        below[bin] = rank;
        surely[bin] = probability.limit(rank);
        maybe[bin] = probability.limit(end - 1);
        return end;
    }

    /** All ones for a number below the limit. */
    private static int mask(long drawn, long limit) {
        return (int) ((drawn - limit) >> 63);
    }

    /** Puts magnitudes of the same bin side by side, in the order of their elements. */
    private void placeByBin(int undecided) {
        next[0] = 0;
        System.arraycopy(below, first, next, first, Math.max(0, last + 1 - first));
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
        if (bin == 0 && onlyZeros) {
            return end - 1 - spots[at];
        }
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
    private void sort(Probability probability) {
        int end = magnitudes.length - 1;
        int[] order = open;
        for (int at = 0; at <= end; at++) {
            order[at] = end - at;
        }
        int[] other = spots;
        for (int shift = 0; shift < Integer.SIZE - 1; shift += DIGIT) {
            if (place(order, other, shift)) {
                int[] before = order;
                order = other;
                other = before;
            }
        }
        for (int rank = 0; rank <= end; rank++) {
            int index = order[rank];
            masks[index] = mask(drawn[index], probability.limit(rank));
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
