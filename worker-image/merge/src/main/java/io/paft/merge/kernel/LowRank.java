package io.paft.merge.kernel;

import java.util.Arrays;

/** The product of two thin matrices, computed for any range of its elements without forming the rest. */
public final class LowRank {
    private LowRank() {}

    /**
     * Elements {@code start} to {@code start + count - 1} of scale * (left right), row-major; each is the sum over the
     * rank in ascending order in float32, by fused multiply-add, then multiplied by the scale.
     *
     * @param left rows x rank, row-major
     * @param right rank x columns, row-major
     * @param target gets the elements at 0 to count - 1
     */
    public static void product(
            float[] left, float[] right, int rank, int columns, float scale, long start, int count, float[] target) {
        int done = 0;
        while (done < count) {
            int row = Math.toIntExact((start + done) / columns);
            int column = (int) ((start + done) % columns);
            int rows = column == 0 ? (count - done) / columns : 0;
            if (Simd.isUsed() && rows > 0) {
                done += VectorLowRank.rows(left, right, rank, columns, scale, row, rows, target, done);
            } else {
                int length = Math.min(columns - column, count - done);
                part(left, right, rank, columns, scale, row, column, length, target, done);
                done += length;
            }
        }
    }

    /** Part of a row, as a loop that a compiler can turn into vectors; the reference for rows. */
    static void part(
            float[] left,
            float[] right,
            int rank,
            int columns,
            float scale,
            int row,
            int column,
            int length,
            float[] target,
            int to) {
        Arrays.fill(target, to, to + length, 0f);
        for (int k = 0; k < rank; k++) {
            addScaled(left[row * rank + k], right, k * columns + column, length, target, to);
        }
        for (int i = to; i < to + length; i++) {
            target[i] *= scale;
        }
    }

    private static void addScaled(float factor, float[] source, int from, int length, float[] target, int to) {
        for (int i = 0; i < length; i++) {
            target[to + i] = Math.fma(factor, source[from + i], target[to + i]);
        }
    }
}
