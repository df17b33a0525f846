package io.paft.merge.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Whole rows of {@link LowRank} with the Vector API: four rows by two vectors of columns at a time, so that eight sums stay
 * in registers while six numbers are loaded for every eight products.
 */
final class VectorLowRank {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final int LENGTH = FLOATS.length();
    private static final int ROWS = 4;

    private VectorLowRank() {}

    /**
     * Rows {@code row} to {@code row + rows - 1}.
     *
     * @param target gets them from {@code to}
     * @return the number of elements
     */
    static int rows(
            float[] left,
            float[] right,
            int rank,
            int columns,
            float scale,
            int row,
            int rows,
            float[] target,
            int to) {
        int whole = columns - columns % (2 * LENGTH);
        int done = 0;
        for (; done + ROWS <= rows; done += ROWS) {
            for (int column = 0; column < whole; column += 2 * LENGTH) {
                block(left, right, rank, columns, scale, row + done, column, target, to + done * columns + column);
            }
        }
        for (int i = 0; i < rows; i++) {
            // What fills no block: the last columns of its rows, and the rows after the last one.
            int from = i < done ? whole : 0;
            int at = to + i * columns + from;
            LowRank.part(left, right, rank, columns, scale, row + i, from, columns - from, target, at);
        }
        return rows * columns;
    }

    private static void block(
            float[] left,
            float[] right,
            int rank,
            int columns,
            float scale,
            int row,
            int column,
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
        int at = column;
        for (int k = first; k < first + rank; k++) {
            FloatVector x0 = FloatVector.fromArray(FLOATS, right, at);
            FloatVector x1 = FloatVector.fromArray(FLOATS, right, at + LENGTH);
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
            at += columns;
        }
        a0.mul(scale).intoArray(target, to);
        a1.mul(scale).intoArray(target, to + LENGTH);
        b0.mul(scale).intoArray(target, to + columns);
        b1.mul(scale).intoArray(target, to + columns + LENGTH);
        c0.mul(scale).intoArray(target, to + 2 * columns);
        c1.mul(scale).intoArray(target, to + 2 * columns + LENGTH);
        d0.mul(scale).intoArray(target, to + 3 * columns);
        d1.mul(scale).intoArray(target, to + 3 * columns + LENGTH);
    }
}
