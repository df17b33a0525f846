package io.paft.merge.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Whole rows of {@link LowRank} with the Vector API: four rows by two vectors of columns at a time, so that eight sums stay
 * in registers while six numbers are loaded for every eight products.
 */
final class VectorLowRank {
    /** At most half of the columns that {@link LowRank} has in a block. */
    private static final VectorSpecies<Float> FLOATS =
            FloatVector.SPECIES_PREFERRED.length() < FloatVector.SPECIES_512.length()
                    ? FloatVector.SPECIES_PREFERRED
                    : FloatVector.SPECIES_512;

    private static final int LENGTH = FLOATS.length();
    private static final int ROWS = 4;
    private static final int STEP = 2 * LENGTH;

    private VectorLowRank() {}

    /**
     * Rows {@code row} to {@code row + rows - 1}.
     *
     * @param target gets them from {@code to}
     * @return the number of elements
     */
    static int rows(
            float[] left,
            float[] blocks,
            int rank,
            int columns,
            float scale,
            int row,
            int rows,
            float[] target,
            int to) {
        int whole = columns - columns % LowRank.WIDTH;
        int done = rows - rows % ROWS;
        for (int column = 0; column < whole; column += STEP) {
            int from = column / LowRank.WIDTH * LowRank.WIDTH * rank + column % LowRank.WIDTH;
            for (int i = 0; i < done; i += ROWS) {
                block(left, blocks, rank, columns, scale, row + i, from, target, to + i * columns + column);
            }
        }
        for (int i = 0; i < rows; i++) {
            // What fills no block: the last columns of its rows, and the rows after the last one.
            int from = i < done ? whole : 0;
            int at = to + i * columns + from;
            LowRank.part(left, blocks, rank, columns, scale, row + i, from, columns - from, target, at);
        }
        return rows * columns;
    }

    private static void block(
            float[] left,
            float[] blocks,
            int rank,
            int columns,
            float scale,
            int row,
            int from,
            float[] target,
            int to) {
        FloatVector a0 = FloatVector.zero(FLOATS);
        FloatVector a1 = a0;
        FloatVector b0 = a0;
        FloatVector b1 = a0;
        FloatVector c0 = a0;
        FloatVector c1 = a0;
        FloatVector d0 = a0;
        FloatVector d1 = a0;
        int first = row * rank;
        int at = from;
        for (int k = first; k < first + rank; k++) {
            FloatVector x0 = FloatVector.fromArray(FLOATS, blocks, at);
            FloatVector x1 = FloatVector.fromArray(FLOATS, blocks, at + LENGTH);
            FloatVector factor = FloatVector.broadcast(FLOATS, left[k]);
            a0 = x0.fma(factor, a0);
            a1 = x1.fma(factor, a1);
            factor = FloatVector.broadcast(FLOATS, left[k + rank]);
            b0 = x0.fma(factor, b0);
            b1 = x1.fma(factor, b1);
            factor = FloatVector.broadcast(FLOATS, left[k + 2 * rank]);
            c0 = x0.fma(factor, c0);
            c1 = x1.fma(factor, c1);
            factor = FloatVector.broadcast(FLOATS, left[k + 3 * rank]);
            d0 = x0.fma(factor, d0);
            d1 = x1.fma(factor, d1);
            at += LowRank.WIDTH;
        }
        FloatVector scales = FloatVector.broadcast(FLOATS, scale);
        scales.mul(a0).intoArray(target, to);
        scales.mul(a1).intoArray(target, to + LENGTH);
        scales.mul(b0).intoArray(target, to + columns);
        scales.mul(b1).intoArray(target, to + columns + LENGTH);
        scales.mul(c0).intoArray(target, to + 2 * columns);
        scales.mul(c1).intoArray(target, to + 2 * columns + LENGTH);
        scales.mul(d0).intoArray(target, to + 3 * columns);
        scales.mul(d1).intoArray(target, to + 3 * columns + LENGTH);
    }
}
