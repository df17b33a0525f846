package io.paft.merge.kernel;

/**
 * What a trim by magnitude keeps: every element above the threshold, and of those exactly at it the first ones.
 *
 * @param bits the k-th largest magnitude, as the bits of |x| (float32 magnitudes order like these integers)
 * @param equalKept how many elements of exactly this magnitude are kept, by lowest flat index
 */
public record Threshold(int bits, long equalKept) {
    /** Nothing has a magnitude above that of this NaN, so a trim to it keeps nothing. */
    public static final Threshold NOTHING = new Threshold(Integer.MAX_VALUE, 0);
}
