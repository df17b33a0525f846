package io.paft.merge.kernel;

import java.util.Arrays;

/**
 * The product of two thin matrices, computed for any range of its elements without forming the rest.
 *
 * <p>The right one is laid out in blocks of columns, one after the other, each row-major with its rank as rows: rows of the
 * product that are formed together read a block again and again while it is in the nearest cache, where whole rows of the
 * matrix would pass through it once for each.
 */
public final class LowRank {
    /** Columns of a block; the last one may have fewer. */
    static final int WIDTH = 32;

    private LowRank() {}

    /**
     * Lays the right matrix out in blocks.
     *
     * @param matrix rank x columns, row-major; or its transpose
     * @param turned it is the transpose
     */
    public static float[] blocks(float[] matrix, int rank, int columns, boolean turned) {
        float[] blocks = new float[matrix.length];
        int at = 0;
        for (int first = 0; first < columns; first += WIDTH) {
            int width = Math.min(WIDTH, columns - first);
            for (int k = 0; k < rank; k++) {
                for (int column = first; column < first + width; column++) {
                    blocks[at++] = matrix[turned ? column * rank + k : k * columns + column];
                }
            }
        }
        return blocks;
    }

    /**
     * Elements {@code start} to {@code start + count - 1} of scale * (left right), row-major; each is the sum over the
     * rank in ascending order in float32, by fused multiply-add, then multiplied by the scale.
     *
     * @param left rows x rank, row-major
     * @param blocks the right matrix, rank x columns, from {@link #blocks}
     * @param target gets the elements at 0 to count - 1
     */
    public static void product(
            float[] left, float[] blocks, int rank, int columns, float scale, long start, int count, float[] target) {
        int done = 0;
        while (done < count) {
            int row = Math.toIntExact((start + done) / columns);
            int column = (int) ((start + done) % columns);
            int rows = column == 0 ? (count - done) / columns : 0;
            if (Simd.isUsed() && rows > 0) {
                done += VectorLowRank.rows(left, blocks, rank, columns, scale, row, rows, target, done);
            } else {
                int length = Math.min(columns - column, count - done);
                part(left, blocks, rank, columns, scale, row, column, length, target, done);
                done += length;
            }
        }
    }

    /** Part of a row, as loops that a compiler can turn into vectors; the reference for rows. */
    static void part(
            float[] left,
            float[] blocks,
            int rank,
            int columns,
            float scale,
            int row,
            int column,
            int length,
            float[] target,
            int to) {
        Arrays.fill(target, to, to + length, 0f);
        int done = 0;
        while (done < length) {
            int first = (column + done) / WIDTH * WIDTH;
            int width = Math.min(WIDTH, columns - first);
            int from = column + done - first;
            int piece = Math.min(width - from, length - done);
            for (int k = 0; k < rank; k++) {
                addScaled(left[row * rank + k], blocks, first * rank + k * width + from, piece, target, to + done);
            }
            done += piece;
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
