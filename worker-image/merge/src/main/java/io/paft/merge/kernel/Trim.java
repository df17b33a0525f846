package io.paft.merge.kernel;

/** Sets to zero what a threshold does not keep. */
public final class Trim {
    private static final int MAGNITUDE = 0x7fffffff;

    private Trim() {}

    /**
     * Trims elements 0 to count - 1 in place.
     *
     * @param bits the threshold's magnitude
     * @param equalLeft how many elements at exactly this magnitude may still be kept
     * @return how many may still be kept after these elements
     */
    public static long apply(float[] values, int count, int bits, long equalLeft) {
        long left = equalLeft;
        for (int i = 0; i < count; i++) {
            int magnitude = Float.floatToRawIntBits(values[i]) & MAGNITUDE;
            if (magnitude > bits) {
                continue;
            }
            if (magnitude == bits && left > 0) {
                left--;
            } else {
                values[i] = 0f;
            }
        }
        return left;
    }
}
