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
        int equal = equalLeft == 0 ? 0 : countEqual(values, count, bits);
        if (equal > equalLeft) {
            return applyInOrder(values, count, bits, equalLeft);
        }
        // All or none of those at the threshold are kept: no order to mind, so no branch either.
        int smallest = equalLeft == 0 ? bits + 1 : bits;
        if (smallest < 0) {
            java.util.Arrays.fill(values, 0, count, 0f);
            return 0;
        }
        if (Simd.isUsed()) {
            VectorElements.zeroBelow(values, count, smallest);
        } else {
            zeroBelow(values, 0, count, smallest);
        }
        return equalLeft - equal;
    }

    /**
     * The opposite: sets to zero what is above a threshold, and the first ones at it.
     *
     * @param bits the threshold's magnitude
     * @param equalLeft how many elements at exactly this magnitude are still to be dropped
     * @return how many are still to be dropped after these elements
     */
    public static long drop(float[] values, int count, int bits, long equalLeft) {
        long left = equalLeft;
        for (int i = 0; i < count; i++) {
            int magnitude = Float.floatToRawIntBits(values[i]) & MAGNITUDE;
            if (magnitude > bits) {
                values[i] = 0f;
            } else if (magnitude == bits && left > 0) {
                values[i] = 0f;
                left--;
            }
        }
        return left;
    }

    /** Sets to zero what has a magnitude, as bits, below the smallest to keep. */
    static void zeroBelow(float[] values, int from, int count, int smallest) {
        for (int i = from; i < count; i++) {
            int raw = Float.floatToRawIntBits(values[i]);
            int keep = ~(((raw & MAGNITUDE) - smallest) >> 31);
            values[i] = Float.intBitsToFloat(raw & keep);
        }
    }

    /** The same, element after element. */
    static long applyInOrder(float[] values, int count, int bits, long equalLeft) {
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

    /** How many of the elements 0 to count - 1 have exactly this magnitude. */
    public static int countEqual(float[] values, int count, int bits) {
        return Simd.isUsed() ? VectorElements.countEqual(values, count, bits) : countEqual(values, 0, count, bits);
    }

    /** How many have exactly this magnitude. */
    static int countEqual(float[] values, int from, int count, int bits) {
        int different = 0;
        for (int i = from; i < count; i++) {
            int distance = (Float.floatToRawIntBits(values[i]) & MAGNITUDE) ^ bits;
            different += -distance >>> 31;
        }
        return count - from - different;
    }
}
