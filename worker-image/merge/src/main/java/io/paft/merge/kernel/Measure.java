package io.paft.merge.kernel;

/** Counts and sums over elements 0 to count - 1; the same to the bit with and without the Vector API. */
public final class Measure {
    private Measure() {}

    /** How many have a magnitude of at most the limit, which is finite and not negative. */
    public static int countAtMost(float[] values, int count, float limit) {
        return Simd.isUsed()
                ? VectorMeasure.countAtMost(values, count, limit)
                : ScalarMeasure.countAtMost(values, count, limit);
    }

    /** How many sums of base and delta equal the base, once both are rounded to bf16. */
    public static int countEqualInBf16(float[] base, float[] delta, int count) {
        return Simd.isUsed()
                ? VectorMeasure.countEqualInBf16(base, delta, count)
                : ScalarMeasure.countEqualInBf16(base, delta, count);
    }

    /** How many are not zero in both and have the same sign. */
    public static int countSame(float[] first, float[] second, int count) {
        return Simd.isUsed()
                ? VectorMeasure.countSame(first, second, count)
                : ScalarMeasure.countSame(first, second, count);
    }

    /** How many are not zero in both and have opposite signs. */
    public static int countOpposite(float[] first, float[] second, int count) {
        return Simd.isUsed()
                ? VectorMeasure.countOpposite(first, second, count)
                : ScalarMeasure.countOpposite(first, second, count);
    }

    /** Sum of the magnitudes, in float64. */
    public static double sumOfMagnitudes(float[] values, int count) {
        return Simd.isUsed()
                ? VectorMeasure.sumOfMagnitudes(values, count)
                : ScalarMeasure.sumOfMagnitudes(values, count);
    }

    /** Sum of the products, in float64; each product is exact. */
    public static double dot(float[] first, float[] second, int count) {
        return Simd.isUsed() ? VectorMeasure.dot(first, second, count) : ScalarMeasure.dot(first, second, count);
    }
}
