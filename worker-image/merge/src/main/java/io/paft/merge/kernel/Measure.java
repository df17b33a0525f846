package io.paft.merge.kernel;

/**
 * Counts and sums over elements 0 to count - 1. Written without branches and in several chains, so that the compiler can
 * use the width of the processor; the order of additions is fixed all the same.
 */
public final class Measure {
    private static final int MAGNITUDE = 0x7fffffff;
    private static final int LANES = 8;

    private Measure() {}

    /** How many have a magnitude of at most the limit, which is finite and not negative. */
    public static int countAtMost(float[] values, int count, float limit) {
        int bits = Float.floatToRawIntBits(limit) + 1;
        int found = 0;
        for (int i = 0; i < count; i++) {
            found += ((Float.floatToRawIntBits(values[i]) & MAGNITUDE) - bits) >>> 31;
        }
        return found;
    }

    /** How many sums of base and delta equal the base, once both are rounded to bf16. */
    public static int countEqualInBf16(float[] base, float[] delta, int count) {
        int different = 0;
        for (int i = 0; i < count; i++) {
            int first = Float.floatToRawIntBits(base[i]);
            int second = Float.floatToRawIntBits(base[i] + delta[i]);
            int change = ((first + 0x7fff + ((first >>> 16) & 1)) ^ (second + 0x7fff + ((second >>> 16) & 1))) >>> 16;
            different += (change | -change) >>> 31;
        }
        return count - different;
    }

    /** How many are not zero in both and have the same sign. */
    public static int countSame(float[] first, float[] second, int count) {
        int found = 0;
        for (int i = 0; i < count; i++) {
            int a = Float.floatToRawIntBits(first[i]);
            int b = Float.floatToRawIntBits(second[i]);
            found += nonZero(a) & nonZero(b) & ~(a ^ b) >>> 31;
        }
        return found;
    }

    /** How many are not zero in both and have opposite signs. */
    public static int countOpposite(float[] first, float[] second, int count) {
        int found = 0;
        for (int i = 0; i < count; i++) {
            int a = Float.floatToRawIntBits(first[i]);
            int b = Float.floatToRawIntBits(second[i]);
            found += nonZero(a) & nonZero(b) & (a ^ b) >>> 31;
        }
        return found;
    }

    /** Sum of the magnitudes, in float64. */
    public static double sumOfMagnitudes(float[] values, int count) {
        double[] sums = new double[LANES];
        int whole = count - count % LANES;
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        for (int i = 0; i < whole; i += 4) {
            s0 += Math.abs(values[i]);
            s1 += Math.abs(values[i + 1]);
            s2 += Math.abs(values[i + 2]);
            s3 += Math.abs(values[i + 3]);
        }
        for (int i = whole; i < count; i++) {
            sums[i - whole] = Math.abs(values[i]);
        }
        return s0 + s1 + s2 + s3 + total(sums);
    }

    /** Sum of the products, in float64; each product is exact. */
    public static double dot(float[] first, float[] second, int count) {
        double[] rest = new double[LANES];
        int whole = count - count % LANES;
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        for (int i = 0; i < whole; i += 4) {
            s0 += (double) first[i] * second[i];
            s1 += (double) first[i + 1] * second[i + 1];
            s2 += (double) first[i + 2] * second[i + 2];
            s3 += (double) first[i + 3] * second[i + 3];
        }
        for (int i = whole; i < count; i++) {
            rest[i - whole] = (double) first[i] * second[i];
        }
        return s0 + s1 + s2 + s3 + total(rest);
    }

    private static double total(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum;
    }

    /** 1 for the bits of a number that is not zero, else 0. */
    private static int nonZero(int bits) {
        int magnitude = bits & MAGNITUDE;
        return -magnitude >>> 31;
    }
}
