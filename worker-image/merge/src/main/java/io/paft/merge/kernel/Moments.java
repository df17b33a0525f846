package io.paft.merge.kernel;

/**
 * What a report counts and sums of deltas, in two walks over the elements where the processor is wide enough for that; the
 * same to the bit as the kernels of {@link Measure} one after the other.
 */
public final class Moments {
    private Moments() {}

    /** Without the Vector API the other class must not even be loaded. */
    private static boolean isWide() {
        return Simd.isUsed() && VectorMoments.AVAILABLE;
    }

    /**
     * Of one delta, elements 0 to count - 1.
     *
     * @param limits four magnitudes in ascending order
     * @param counts gets added: at 0 to 3 how many have a magnitude of at most that limit, at 4 how many change nothing
     *     once base and sum are rounded to bf16
     * @param sums gets added: at 0 the sum of the magnitudes, at 1 of the squares
     * @return the largest magnitude
     */
    public static float delta(float[] base, float[] delta, int count, float[] limits, long[] counts, double[] sums) {
        values(delta, count, sums);
        if (isWide()) {
            return VectorMoments.counts(base, delta, count, limits, counts);
        }
        for (int i = 0; i < limits.length; i++) {
            counts[i] += Measure.countAtMost(delta, count, limits[i]);
        }
        counts[limits.length] += Measure.countEqualInBf16(base, delta, count);
        return Largest.magnitude(delta, count);
    }

    /**
     * Of values.
     *
     * @param sums gets added: at 0 the sum of the magnitudes, at 1 of the squares
     */
    public static void values(float[] values, int count, double[] sums) {
        if (isWide()) {
            VectorMoments.values(values, count, sums);
            return;
        }
        sums[0] += Measure.sumOfMagnitudes(values, count);
        sums[1] += Measure.dot(values, values, count);
    }

    /**
     * Of two deltas, elements 0 to count - 1.
     *
     * @param counts gets added: at 0 how many are not zero in both and have the same sign, at 1 the opposite
     * @return the sum of the products
     */
    public static double pair(float[] first, float[] second, int count, long[] counts) {
        if (isWide()) {
            return VectorMoments.pair(first, second, count, counts);
        }
        counts[0] += Measure.countSame(first, second, count);
        counts[1] += Measure.countOpposite(first, second, count);
        return Measure.dot(first, second, count);
    }

    /**
     * Of two deltas after sparsifying, elements 0 to count - 1.
     *
     * @param sums gets added: at 0 and 1 the sums of the squares of the first and of the second, at 2 that of the products
     * @param signs as the counts of {@link #pair}
     */
    public static void kept(float[] first, float[] second, int count, double[] sums, long[] signs) {
        if (isWide()) {
            VectorMoments.kept(first, second, count, sums, signs);
            return;
        }
        sums[0] += Measure.dot(first, first, count);
        sums[1] += Measure.dot(second, second, count);
        sums[2] += pair(first, second, count, signs);
    }
}
