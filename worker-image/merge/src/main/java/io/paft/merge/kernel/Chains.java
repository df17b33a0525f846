package io.paft.merge.kernel;

import java.util.Arrays;

/**
 * Sums of several kinds over the same elements. Each is formed in sixteen chains of float32 for each block of 1,024 elements,
 * element i in chain i modulo 16: sixty-four additions and no more, so that none is off by more than 4e-6 of the magnitudes
 * that were added to it. What the chains have is added in float64. For one thread.
 */
final class Chains {
    /** Chains of a block, and elements of the widest vectors. */
    static final int LENGTH = 16;
    /** Elements of a block. */
    static final int BLOCK = 1024;

    private static final int KINDS = 5;

    /** By block, then by kind; {@link VectorMoments} sets them. */
    final float[] values;

    private final double[] sums = new double[LENGTH];
    private int kinds;
    private int used;

    /**
     * Working memory.
     *
     * @param most elements at a time
     */
    Chains(int most) {
        values = new float[Math.ceilDiv(most, BLOCK) * KINDS * LENGTH];
    }

    /**
     * Begins with nothing added of count elements.
     *
     * @param whole of these, whose blocks {@link VectorMoments} sets
     */
    void begin(int whole, int count, int kindsOfSums) {
        kinds = kindsOfSums;
        used = Math.ceilDiv(count, BLOCK) * kinds * LENGTH;
        Arrays.fill(values, Math.ceilDiv(whole, BLOCK) * kinds * LENGTH, used, 0f);
    }

    /** Where the chains of a kind begin, of the block of an element; those of the next kind follow. */
    int at(int element, int kind) {
        return (element / BLOCK * kinds + kind) * LENGTH;
    }

    /** Adds the magnitudes of elements {@code from}, a multiple of the number of chains, to {@code count - 1}. */
    void addMagnitudes(float[] elements, int from, int count, int kind) {
        int rows = count - count % LENGTH;
        for (int i = from; i < rows; i += LENGTH) {
            int at = at(i, kind);
            for (int k = 0; k < LENGTH; k++) {
                values[at + k] += Math.abs(elements[i + k]);
            }
        }
        for (int i = rows; i < count; i++) {
            values[at(i, kind) + i % LENGTH] += Math.abs(elements[i]);
        }
    }

    /** Adds the products of such elements, none of them rounded before it is added. */
    void addProducts(float[] first, float[] second, int from, int count, int kind) {
        int rows = count - count % LENGTH;
        for (int i = from; i < rows; i += LENGTH) {
            int at = at(i, kind);
            for (int k = 0; k < LENGTH; k++) {
                values[at + k] = Math.fma(first[i + k], second[i + k], values[at + k]);
            }
        }
        for (int i = rows; i < count; i++) {
            int at = at(i, kind) + i % LENGTH;
            values[at] = Math.fma(first[i], second[i], values[at]);
        }
    }

    /** The sum of a kind: each chain over the blocks, then all in order. */
    double total(int kind) {
        if (Moments.vectors()) {
            VectorMoments.totals(values, kind * LENGTH, kinds * LENGTH, used, sums);
        } else {
            Arrays.fill(sums, 0);
            for (int at = kind * LENGTH; at < used; at += kinds * LENGTH) {
                for (int k = 0; k < LENGTH; k++) {
                    sums[k] += values[at + k];
                }
            }
        }
        double total = 0;
        for (double sum : sums) {
            total += sum;
        }
        return total;
    }
}
