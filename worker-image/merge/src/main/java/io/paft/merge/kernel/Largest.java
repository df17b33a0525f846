package io.paft.merge.kernel;

/** The largest magnitude of elements 0 to count - 1. */
public final class Largest {
    private static final int MAGNITUDE = 0x7fffffff;

    private Largest() {}

    /** The largest |x|; 0 of nothing. */
    public static float magnitude(float[] values, int count) {
        return Float.intBitsToFloat(Simd.isUsed() ? VectorReport.largest(values, count) : largest(values, 0, count));
    }

    /** The reference: the largest magnitude as bits, which order like the numbers. */
    static int largest(float[] values, int from, int count) {
        int largest = 0;
        for (int i = from; i < count; i++) {
            largest = Math.max(largest, Float.floatToRawIntBits(values[i]) & MAGNITUDE);
        }
        return largest;
    }
}
