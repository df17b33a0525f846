package io.paft.merge.kernel;

import java.util.Arrays;
import java.util.List;

/**
 * What a report counts and sums: the same to the bit with and without the Vector API. Sums are off by at most 4e-6 of the
 * sum of the magnitudes of what was added (see {@link Chains}); those of elements that float32 squares cannot hold are
 * formed in float64. For one thread.
 */
public final class Moments {
    /** Squares of magnitudes between these neither overflow nor, where they matter to a sum, lose digits. */
    private static final float SMALLEST = 0x1p-50f;

    private static final float LARGEST = 0x1p50f;
    private static final int LENGTH = Chains.LENGTH;
    /** Zeros of a base that come by chance: too rarely to compile a kernel for them. */
    private static final int FEW = 16;

    private final Chains chains;
    private final int[] tallies = new int[VectorDeltas.TALLIES * LENGTH];

    /** Sums of magnitudes and of squares. */
    public record Norms(double magnitudes, double squares) {}

    /**
     * Of one delta.
     *
     * @param within at 0 how many are zero, at 1 to 3 how many have a magnitude of at most that limit
     * @param norms of the delta
     * @param largest magnitude
     */
    public record Delta(List<Integer> within, Norms norms, float largest) {}

    /**
     * Of two deltas.
     *
     * @param squaresOfFirst the sum of the squares of the first
     * @param squaresOfSecond that of the second
     * @param products the sum of the products
     * @param same how many elements are not zero in both and have the same sign
     * @param opposite how many have opposite signs
     */
    public record Pair(double squaresOfFirst, double squaresOfSecond, double products, int same, int opposite) {}

    /** All of two deltas. */
    public record Deltas(Delta first, Delta second, Pair pair) {}

    /**
     * Of a base and two deltas.
     *
     * @param norms of the base
     * @param equalWithFirst how many sums of base and first delta equal the base, once they are rounded to bf16
     * @param equalWithSecond the same of the second
     */
    public record Base(Norms norms, int equalWithFirst, int equalWithSecond) {}

    /**
     * Working memory.
     *
     * @param most elements at a time
     */
    public Moments(int most) {
        chains = new Chains(most);
    }

    /** True when there are vectors. Without the Vector API their classes must not even be loaded. */
    static boolean vectors() {
        return Simd.isUsed() && VectorMoments.AVAILABLE;
    }

    /** How many elements vectors take. */
    private static int whole(int count) {
        return vectors() ? count - count % LENGTH : 0;
    }

    /** Of values, elements 0 to count - 1. */
    public Norms norms(float[] values, int count) {
        int whole = whole(count);
        begin(whole, count, 2);
        for (int from = 0; from < whole; from += Chains.BLOCK) {
            VectorMoments.norms(values, from, end(from, whole), tallies, chains.values, chains.at(from, 0));
        }
        reduce(whole, 1, 0);
        addRest(values, whole, count);
        return norms(values, count, 0, largest(values, whole, count, 0));
    }

    /**
     * Of one delta, elements 0 to count - 1.
     *
     * @param limits three magnitudes
     */
    public Delta delta(float[] delta, int count, float[] limits) {
        int whole = whole(count);
        begin(whole, count, 2);
        for (int from = 0; from < whole; from += Chains.BLOCK) {
            VectorMoments.delta(delta, from, end(from, whole), limits, tallies, chains.values, chains.at(from, 0));
        }
        reduce(whole, 1, 4);
        addRest(delta, whole, count);
        float largest = largest(delta, whole, count, 0);
        return new Delta(
                List.of(
                        atMost(delta, whole, count, 0, 1),
                        atMost(delta, whole, count, limits[0], 2),
                        atMost(delta, whole, count, limits[1], 3),
                        atMost(delta, whole, count, limits[2], 4)),
                norms(delta, count, 0, largest),
                largest);
    }

    /** Of two deltas, elements 0 to count - 1. */
    public Pair pair(float[] first, float[] second, int count) {
        int whole = whole(count);
        begin(whole, count, 3);
        for (int from = 0; from < whole; from += Chains.BLOCK) {
            VectorMoments.pair(first, second, from, end(from, whole), tallies, chains.values, chains.at(from, 0));
        }
        reduce(whole, 2, 2);
        int opposite = tally(3);
        int same = tally(2) - opposite;
        if (whole < count) {
            same += countSame(first, second, whole, count);
            opposite += countOpposite(first, second, whole, count);
            chains.addProducts(first, first, whole, count, 0);
            chains.addProducts(second, second, whole, count, 1);
            chains.addProducts(first, second, whole, count, 2);
        }
        Pair sums = new Pair(chains.total(0), chains.total(1), chains.total(2), same, opposite);
        return holds(largest(first, whole, count, 0)) && holds(largest(second, whole, count, 1))
                ? sums
                : exact(sums, first, second, count);
    }

    /** The same as {@link #delta} of each and {@link #pair} of both. */
    public Deltas deltas(float[] first, float[] second, int count, float[] limits) {
        int whole = whole(count);
        if (whole < count) {
            return new Deltas(delta(first, count, limits), delta(second, count, limits), pair(first, second, count));
        }
        begin(whole, count, 5);
        for (int from = 0; from < whole; from += Chains.BLOCK) {
            VectorDeltas.deltas(
                    first, second, from, end(from, whole), limits, tallies, chains.values, chains.at(from, 0));
        }
        reduce(whole, 2, 10);
        Delta one = delta(first, whole, 0);
        Delta other = delta(second, whole, 1);
        int opposite = tally(11);
        Pair sums = new Pair(
                one.norms().squares(), other.norms().squares(), chains.total(4), tally(10) - opposite, opposite);
        return new Deltas(
                one, other, holds(one.largest()) && holds(other.largest()) ? sums : exact(sums, first, second, count));
    }

    /** One of two deltas that were measured together. */
    private Delta delta(float[] delta, int whole, int index) {
        float largest = Float.intBitsToFloat(tally(index));
        return new Delta(
                List.of(
                        whole - tally(2 + index),
                        whole - tally(4 + index),
                        whole - tally(6 + index),
                        whole - tally(8 + index)),
                norms(delta, whole, 2 * index, largest),
                largest);
    }

    /**
     * Of a base and two deltas, elements 0 to count - 1.
     *
     * @param base of numbers that bf16 has
     */
    public Base base(float[] base, float[] first, float[] second, int count) {
        int whole = whole(count);
        if (whole == count) {
            begin(whole, count, 2);
            for (int from = 0; from < whole; from += Chains.BLOCK) {
                VectorDeltas.base(
                        base, first, second, from, end(from, whole), tallies, chains.values, chains.at(from, 0));
            }
            reduce(whole, 1, 3);
            int zeros = whole - tally(1);
            // Zeros of either sign are equal, but their bits lie far apart.
            if (zeros == 0) {
                return new Base(
                        norms(base, count, 0, Float.intBitsToFloat(tally(0))), whole - tally(2), whole - tally(3));
            }
            if (zeros < FEW) {
                return new Base(
                        norms(base, count, 0, Float.intBitsToFloat(tally(0))),
                        ScalarMeasure.countEqualInBf16(base, first, count),
                        ScalarMeasure.countEqualInBf16(base, second, count));
            }
        }
        return new Base(
                norms(base, count),
                Measure.countEqualInBf16(base, first, count),
                Measure.countEqualInBf16(base, second, count));
    }

    private void begin(int whole, int count, int kinds) {
        chains.begin(whole, count, kinds);
        Arrays.fill(tallies, 0);
    }

    private static int end(int from, int whole) {
        return Math.min(from + Chains.BLOCK, whole);
    }

    /** Brings the lanes of tallies together: the largest of some, the sums of those after them. */
    private void reduce(int whole, int largest, int sums) {
        if (whole > 0) {
            VectorMoments.reduce(tallies, largest, sums);
        }
    }

    /** What was tallied, once it is reduced. */
    private int tally(int kind) {
        return tallies[kind * LENGTH];
    }

    private float largest(float[] values, int whole, int count, int kind) {
        if (whole == 0) {
            return Largest.magnitude(values, count);
        }
        int most = whole < count ? Largest.largest(values, whole, count) : 0;
        return Float.intBitsToFloat(Math.max(most, tally(kind)));
    }

    /** How many elements are at most a limit, of a tally of those of the whole ones that are beyond. */
    private int atMost(float[] delta, int whole, int count, float limit, int kind) {
        int within = whole - tally(kind);
        return whole < count ? within + countAtMost(delta, whole, count, limit) : within;
    }

    /** Adds magnitudes and squares that vectors left to the chains. */
    private void addRest(float[] values, int whole, int count) {
        if (whole < count) {
            chains.addMagnitudes(values, whole, count, 0);
            chains.addProducts(values, values, whole, count, 1);
        }
    }

    /** Of chains of magnitudes, and those of squares after them. */
    private Norms norms(float[] values, int count, int kind, float largest) {
        return holds(largest)
                ? new Norms(chains.total(kind), chains.total(kind + 1))
                : new Norms(Measure.sumOfMagnitudes(values, count), Measure.dot(values, values, count));
    }

    /** The same counts, with sums in float64. */
    private static Pair exact(Pair sums, float[] first, float[] second, int count) {
        return new Pair(
                Measure.dot(first, first, count),
                Measure.dot(second, second, count),
                Measure.dot(first, second, count),
                sums.same(),
                sums.opposite());
    }

    /** True when float32 holds the squares, of values with this largest magnitude. */
    private static boolean holds(float largest) {
        return largest == 0 || (largest >= SMALLEST && largest <= LARGEST);
    }

    private static int countAtMost(float[] values, int whole, int count, float limit) {
        return whole == 0
                ? Measure.countAtMost(values, count, limit)
                : ScalarMeasure.countAtMost(values, whole, count, limit);
    }

    private static int countSame(float[] first, float[] second, int whole, int count) {
        return whole == 0
                ? Measure.countSame(first, second, count)
                : ScalarMeasure.countSame(first, second, whole, count);
    }

    private static int countOpposite(float[] first, float[] second, int whole, int count) {
        return whole == 0
                ? Measure.countOpposite(first, second, count)
                : ScalarMeasure.countOpposite(first, second, whole, count);
    }
}
