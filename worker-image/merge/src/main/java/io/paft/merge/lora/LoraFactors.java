package io.paft.merge.lora;

import io.paft.merge.kernel.LowRank;

/** Two thin matrices on the heap whose product is a delta. */
public final class LoraFactors {
    private final float[] left;
    private final float[] blocks;
    private final int rank;
    private final int columns;
    private final float scale;

    LoraFactors(float[] left, float[] blocks, int rank, int columns, float scale) {
        this.left = left;
        this.blocks = blocks;
        this.rank = rank;
        this.columns = columns;
        this.scale = scale;
    }

    /** Columns of the delta. */
    int columns() {
        return columns;
    }

    /** Elements of the delta. */
    long elements() {
        return (long) (left.length / rank) * columns;
    }

    /** Elements {@code start} to {@code start + count - 1} of the delta, row-major. */
    public void read(long start, int count, float[] target) {
        LowRank.product(left, blocks, rank, columns, scale, start, count, target);
    }
}
