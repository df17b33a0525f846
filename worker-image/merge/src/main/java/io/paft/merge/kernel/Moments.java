package io.paft.merge.kernel;

import java.util.Arrays;

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

    private final Chains chains;
    private final int[] tallies = new int[5 * LENGTH];

    /**
     * Working memory.
     *
     * @param most elements at a time
     */
    public Moments(int most) {
        chains = new Chains(most);
    }

    /** How many elements vectors take. Without the Vector API the other class must not even be loaded. */
    private static int whole(int count) {
        return Simd.isUsed() && VectorMoments.AVAILABLE ? count - count % LENGTH : 0;
    }

    /**
     * Of values, elements 0 to count - 1.
     *
     * @param sums gets added: at 0 the sum of the magnitudes, at 1 of the squares
     */
    public void norms(float[] values, int count, double[] sums) {
        begin(count, 2);
        int whole = whole(count);
        for (int from = 0; from < whole; from += Chains.BLOCK) {
            VectorMoments.norms(values, from, end(from, whole), tallies, chains.values, chains.at(from, 0));
        }
        addNorms(values, whole, count, sums);
    }

    /**
     * Of one delta, elements 0 to count - 1.
     *
     * @param limits three magnitudes
     * @param within gets added: at 0 how many are zero, at 1 to 3 how many have a magnitude of at most that limit
     * @param sums as for {@link #norms}
     * @return the largest magnitude
     */
    public float delta(float[] delta, int count, float[] limits, long[] within, double[] sums) {
        begin(count, 2);
        int whole = whole(count);
        for (int from = 0; from < whole; from += Chains.BLOCK) {
            VectorMoments.delta(delta, from, end(from, whole), limits, tallies, chains.values, chains.at(from, 0));
        }
        for (int i = 0; i <= limits.length; i++) {
            within[i] += whole - tally(i + 1);
        }
        if (whole < count) {
            within[0] += countAtMost(delta, whole, count, 0);
            for (int i = 0; i < limits.length; i++) {
                within[i + 1] += countAtMost(delta, whole, count, limits[i]);
            }
        }
        return addNorms(delta, whole, count, sums);
    }

    /**
     * Of two deltas, elements 0 to count - 1.
     *
     * @param sums gets added: at 0 and 1 the sums of the squares of the first and of the second, at 2 that of the products
     * @param signs gets added: at 0 how many are not zero in both and have the same sign, at 1 the opposite
     */
    public void pair(float[] first, float[] second, int count, double[] sums, long[] signs) {
        begin(count, 3);
        int whole = whole(count);
        for (int from = 0; from < whole; from += Chains.BLOCK) {
            VectorMoments.pair(first, second, from, end(from, whole), tallies, chains.values, chains.at(from, 0));
        }
        int opposite = tally(3);
        signs[0] += tally(2) - opposite;
        signs[1] += opposite;
        if (whole < count) {
            signs[0] += countSame(first, second, whole, count);
            signs[1] += countOpposite(first, second, whole, count);
            chains.addProducts(first, first, whole, count, 0);
            chains.addProducts(second, second, whole, count, 1);
            chains.addProducts(first, second, whole, count, 2);
        }
        if (fits(largest(first, whole, count, 0)) && fits(largest(second, whole, count, 1))) {
            sums[0] += chains.total(0);
            sums[1] += chains.total(1);
            sums[2] += chains.total(2);
        } else {
            sums[0] += Measure.dot(first, first, count);
            sums[1] += Measure.dot(second, second, count);
            sums[2] += Measure.dot(first, second, count);
        }
    }

    private void begin(int count, int kinds) {
        chains.begin(count, kinds);
        Arrays.fill(tallies, 0);
    }

    private static int end(int from, int whole) {
        return Math.min(from + Chains.BLOCK, whole);
    }

    /** Adds what vectors left to the chains of magnitudes and squares, and these to the sums; returns the largest magnitude. */
    private float addNorms(float[] values, int whole, int count, double[] sums) {
        if (whole < count) {
            chains.addMagnitudes(values, whole, count, 0);
            chains.addProducts(values, values, whole, count, 1);
        }
        float largest = largest(values, whole, count, 0);
        if (fits(largest)) {
            sums[0] += chains.total(0);
            sums[1] += chains.total(1);
        } else {
            sums[0] += Measure.sumOfMagnitudes(values, count);
            sums[1] += Measure.dot(values, values, count);
        }
        return largest;
    }

    /** The sum of the lanes of a count. */
    private int tally(int kind) {
        int sum = 0;
        for (int k = kind * LENGTH; k < (kind + 1) * LENGTH; k++) {
            sum += tallies[k];
        }
        return sum;
    }

    private float largest(float[] values, int whole, int count, int kind) {
        if (whole == 0) {
            return Largest.magnitude(values, count);
        }
        int most = whole < count ? Largest.largest(values, whole, count) : 0;
        for (int k = kind * LENGTH; k < (kind + 1) * LENGTH; k++) {
            most = Math.max(most, tallies[k]);
        }
        return Float.intBitsToFloat(most);
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

    private static boolean fits(float largest) {
        return largest == 0 || (largest >= SMALLEST && largest <= LARGEST);
    }
}
