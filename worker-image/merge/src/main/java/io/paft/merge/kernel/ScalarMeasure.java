package io.paft.merge.kernel;

/**
 * The reference for {@link Measure}, without the Vector API. Sums are formed in eight chains, element i in chain i modulo 8,
 * which are added in order at the end: so they are the same to the bit whatever the width of the processor.
 */
final class ScalarMeasure {
    private static final int MAGNITUDE = 0x7fffffff;
    /** The bits of the magnitude of a bf16. */
    static final int BF16_MAGNITUDE = 0x7fff;

    /** Number of chains of a sum. */
    static final int LANES = 8;

    private ScalarMeasure() {}

    /** How many have a magnitude of at most the limit, which is finite and not negative. */
    static int countAtMost(float[] values, int count, float limit) {
        return countAtMost(values, 0, count, limit);
    }

    /** The same from an index. */
    static int countAtMost(float[] values, int from, int count, float limit) {
        int bits = Float.floatToRawIntBits(limit) + 1;
        int found = 0;
        for (int i = from; i < count; i++) {
            found += ((Float.floatToRawIntBits(values[i]) & MAGNITUDE) - bits) >>> 31;
        }
        return found;
    }

    /** How many sums of base and delta equal the base, once both are rounded to bf16. */
    static int countEqualInBf16(float[] base, float[] delta, int count) {
        return countEqualInBf16(base, delta, 0, count);
    }

    /** The same from an index. */
    static int countEqualInBf16(float[] base, float[] delta, int from, int count) {
        int different = 0;
        for (int i = from; i < count; i++) {
            int first = Float.floatToRawIntBits(base[i]);
            int second = Float.floatToRawIntBits(base[i] + delta[i]);
            int before = first + 0x7fff + ((first >>> 16) & 1);
            int after = second + 0x7fff + ((second >>> 16) & 1);
            // Zero where the bits are the same, and where both are zeros of whatever sign.
            int change = Math.min((before ^ after) >>> 16, ((before | after) >>> 16) & BF16_MAGNITUDE);
            different += -change >>> 31;
        }
        return count - from - different;
    }

    /** How many are not zero in both and have the same sign. */
    static int countSame(float[] first, float[] second, int count) {
        return countSame(first, second, 0, count);
    }

    /** The same from an index. */
    static int countSame(float[] first, float[] second, int from, int count) {
        int found = 0;
        for (int i = from; i < count; i++) {
            int a = Float.floatToRawIntBits(first[i]);
            int b = Float.floatToRawIntBits(second[i]);
            found += nonZero(a) & nonZero(b) & ~(a ^ b) >>> 31;
        }
        return found;
    }

    /** How many are not zero in both and have opposite signs. */
    static int countOpposite(float[] first, float[] second, int count) {
        return countOpposite(first, second, 0, count);
    }

    /** The same from an index. */
    static int countOpposite(float[] first, float[] second, int from, int count) {
        int found = 0;
        for (int i = from; i < count; i++) {
            int a = Float.floatToRawIntBits(first[i]);
            int b = Float.floatToRawIntBits(second[i]);
            found += nonZero(a) & nonZero(b) & (a ^ b) >>> 31;
        }
        return found;
    }

    /** Sum of the magnitudes, in float64. */
    static double sumOfMagnitudes(float[] values, int count) {
        double[] sums = new double[LANES];
        addMagnitudes(values, 0, count, sums);
        return total(sums);
    }

    /** Adds the magnitudes from an index that is a multiple of the number of chains. */
    static void addMagnitudes(float[] values, int from, int count, double[] sums) {
        for (int i = from; i < count; i++) {
            sums[i % LANES] += Math.abs(values[i]);
        }
    }

    /** Sum of the products, in float64; each product is exact. */
    static double dot(float[] first, float[] second, int count) {
        return dot(new double[LANES], first, second, 0, count);
    }

    /** The same where the chains have those of the elements before an index that is a multiple of their number. */
    static double dot(double[] chains, float[] first, float[] second, int from, int count) {
        addProducts(first, second, from, count, chains);
        return total(chains);
    }

    /** Adds the products from an index that is a multiple of the number of chains. */
    static void addProducts(float[] first, float[] second, int from, int count, double[] sums) {
        for (int i = from; i < count; i++) {
            sums[i % LANES] += (double) first[i] * second[i];
        }
    }

    /** The chains, added in order. */
    static double total(double[] sums) {
        double total = 0;
        for (double sum : sums) {
            total += sum;
        }
        return total;
    }

    /** 1 for the bits of a number that is not zero, else 0. */
    private static int nonZero(int bits) {
        int magnitude = bits & MAGNITUDE;
        return -magnitude >>> 31;
    }
}
