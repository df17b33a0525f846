package io.paft.merge.kernel;

/**
 * The soft threshold: moves every element towards zero by the same amount, and no further than zero. It is the proximal map of
 * the L1 norm, what minimises (s - d)^2 / 2 + limit |s|.
 */
public final class Shrink {
    private Shrink() {}

    /**
     * Replaces elements 0 to count - 1 by sign(x) max(|x| - limit, 0), in float32; what becomes zero is +0.
     *
     * @param limit at least 0
     * @return how many are not zero then
     */
    public static int apply(float[] values, int count, float limit) {
        return Simd.isUsed() ? VectorShrink.apply(values, count, limit) : apply(values, 0, count, limit);
    }

    /** The reference: elements {@code from} to {@code count - 1}. */
    static int apply(float[] values, int from, int count, float limit) {
        int kept = 0;
        for (int i = from; i < count; i++) {
            float rest = Math.abs(values[i]) - limit;
            boolean keep = rest > 0;
            values[i] = keep ? Math.copySign(rest, values[i]) : 0f;
            kept += keep ? 1 : 0;
        }
        return kept;
    }
}
