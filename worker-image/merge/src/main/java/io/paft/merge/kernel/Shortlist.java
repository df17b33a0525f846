package io.paft.merge.kernel;

import java.util.Arrays;

/**
 * The elements of a delta that may be among its largest, with their places: a pass that counts lists them, so that a later one
 * needs not form the delta again. What it does not list is zero for that.
 */
public final class Shortlist {
    private static final int MAGNITUDE = 0x7fffffff;
    private static final int BITS = Long.SIZE;

    private int low;
    private int most;
    /** The listed elements; room for a vector behind them. */
    private float[] values = new float[0];
    /** A bit for each element, set where it is listed. */
    private long[] places = new long[0];

    private int listed;
    private int elements;
    private int taken;
    private int position;

    /**
     * Begins a list, of nothing yet.
     *
     * @param smallest magnitude that is listed, as bits
     * @param count number of elements that will be added
     * @param limit how many of them there is room for
     */
    public void begin(int smallest, int count, int limit) {
        low = smallest;
        most = limit;
        listed = 0;
        elements = 0;
        int words = Math.ceilDiv(count, BITS);
        if (places.length < words) {
            places = new long[words];
        }
        Arrays.fill(places, 0, words, 0);
        rewind();
    }

    /**
     * Bytes that a list may take.
     *
     * @param count number of elements
     * @param limit how many of them may be listed
     */
    public static long bytes(long count, long limit) {
        // Half as much again while it grows: the old array is there with the new one.
        return count / Byte.SIZE + (limit + VectorElements.WIDEST) * Float.BYTES * 5 / 3;
    }

    /**
     * Adds the next elements, 0 to count - 1 of the array.
     *
     * @param count a multiple of 64, but in the last call
     * @return how many of them were listed; negative when there is no room for them, and the list is good for nothing more
     */
    public int add(float[] delta, int count) {
        int needed = Math.min(listed + count, most) + VectorElements.WIDEST;
        if (values.length < needed) {
            values = Arrays.copyOf(values, Math.min(most + VectorElements.WIDEST, Math.max(needed, needed / 2 * 3)));
        }
        int before = listed;
        if (before + count > most && before + countFrom(delta, count) > most) {
            return -1;
        }
        int done = 0;
        if (Simd.isUsed()) {
            done = VectorElements.whole(count, BITS);
            listed = VectorElements.list(delta, done, low, values, listed, places, elements / BITS);
        }
        list(delta, done, count);
        elements += count;
        return listed - before;
    }

    /** The reference, from a multiple of 64. */
    private void list(float[] delta, int from, int count) {
        for (int i = from; i < count; i++) {
            if (isListed(delta[i])) {
                values[listed++] = delta[i];
                places[(elements + i) / BITS] |= 1L << i;
            }
        }
    }

    private int countFrom(float[] delta, int count) {
        int found = 0;
        for (int i = 0; i < count; i++) {
            found += isListed(delta[i]) ? 1 : 0;
        }
        return found;
    }

    private boolean isListed(float value) {
        return (Float.floatToRawIntBits(value) & MAGNITUDE) >= low;
    }

    /** Counts the last of the listed elements in a window. */
    public void countLast(int count, Window window) {
        window.count(values, listed - count, count);
    }

    /** Back to the first element. */
    public void rewind() {
        taken = 0;
        position = 0;
    }

    /**
     * The next elements, zero where they are not listed.
     *
     * @param target gets them at 0 to count - 1
     * @param count a multiple of 64, but in the last call
     */
    public void next(float[] target, int count) {
        int done = 0;
        if (Simd.isUsed()) {
            done = VectorElements.whole(count, BITS);
            taken = VectorElements.unlist(values, taken, places, position / BITS, done, target);
        }
        for (int i = done; i < count; i++) {
            boolean here = (places[(position + i) / BITS] >>> i & 1) != 0;
            target[i] = here ? values[taken++] : 0f;
        }
        position += count;
    }
}
