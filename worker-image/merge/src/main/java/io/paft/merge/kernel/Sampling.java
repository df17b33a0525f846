package io.paft.merge.kernel;

/** A sample of a tensor that depends on its shape alone: every element whose flat index is a multiple of a stride. */
public final class Sampling {
    /** The most elements that a tensor gives. */
    public static final int SIZE = 1 << 14;

    private Sampling() {}

    /**
     * The stride for a tensor: 1 where all elements fit the sample, else the smallest odd number that is large enough and
     * has no factor in common with the length of a row, so that every column is sampled as often as any other.
     *
     * @param elements of the tensor
     * @param columns length of a row, at least 1
     */
    public static long stride(long elements, long columns) {
        if (elements <= SIZE) {
            return 1;
        }
        long stride = Math.ceilDiv(elements, (long) SIZE) | 1;
        while (greatestCommonDivisor(stride, columns) != 1) {
            stride += 2;
        }
        return stride;
    }

    /**
     * Takes the sampled ones of consecutive elements.
     *
     * @param values elements {@code start} to {@code start + count - 1} of the tensor
     * @param target gets their magnitudes
     * @param filled how many the target has already
     * @return how many it has now
     */
    public static int take(float[] values, long start, int count, long stride, float[] target, int filled) {
        int at = filled;
        for (long i = Math.ceilDiv(start, stride) * stride - start; i < count; i += stride) {
            target[at++] = Math.abs(values[(int) i]);
        }
        return at;
    }

    private static long greatestCommonDivisor(long a, long b) {
        return b == 0 ? a : greatestCommonDivisor(b, a % b);
    }
}
