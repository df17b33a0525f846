package io.paft.merge.kernel;

import java.util.Arrays;

/** The product of two thin matrices, computed for any range of its elements without forming the rest. */
public final class LowRank {
    private LowRank() {}

    /**
     * Elements {@code start} to {@code start + count - 1} of scale * (left right), row-major; each is the sum over the
     * rank in ascending order in float32, then multiplied by the scale.
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
            int length = Math.min(columns - column, count - done);
            Arrays.fill(target, done, done + length, 0f);
            for (int k = 0; k < rank; k++) {
                addScaled(left[row * rank + k], right, k * columns + column, length, target, done);
            }
            for (int i = done; i < done + length; i++) {
                target[i] *= scale;
            }
            done += length;
        }
    }

    private static void addScaled(float factor, float[] source, int from, int length, float[] target, int to) {
        for (int i = 0; i < length; i++) {
            target[to + i] += factor * source[from + i];
        }
    }
}
