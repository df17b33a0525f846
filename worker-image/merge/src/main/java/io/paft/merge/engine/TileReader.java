package io.paft.merge.engine;

import org.jspecify.annotations.Nullable;

/** Fills a tile with a piece of one tensor: the base, and of every input its values or its delta. */
final class TileReader {
    private final TensorPlan plan;
    private final Tile tile;
    private final @Nullable TensorReader base;
    private final TensorReader[] inputs;

    TileReader(TensorShared shared, Tile tile) {
        this.plan = shared.plan();
        this.tile = tile;
        this.base = plan.base() == null ? null : TensorReader.of(TensorReader.Source.of(plan.base(), null));
        this.inputs = new TensorReader[plan.inputs().size()];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = shared.reader(i);
        }
    }

    /** Reads the delta of one input into an array of its own, and leaves the tile as it is. */
    RankedMask.Source source(int input) {
        float[] other = new float[Tile.SIZE];
        float[] scratch = new float[Tile.SIZE];
        return (start, count, target) -> {
            if (base != null) {
                base.values(start, count, other, scratch);
            }
            inputs[input].delta(start, count, other, target, scratch);
        };
    }

    /** Deltas that are known without being read. */
    interface Known {
        /** Fills in the next elements of the delta of an input; false when it must be read. */
        boolean recall(int input, float[] delta, int count);
    }

    /** Reads elements {@code start} to {@code start + count - 1}. */
    void read(long start, int count) {
        read(start, count, (input, delta, elements) -> false);
    }

    /** Reads elements {@code start} to {@code start + count - 1}, but for deltas that are known. */
    void read(long start, int count, Known known) {
        if (base != null) {
            base.values(start, count, tile.base, tile.scratch);
        }
        boolean needsValues = plan.needsValues();
        for (int i = 0; i < inputs.length; i++) {
            if (needsValues) {
                inputs[i].values(start, count, tile.values[i], tile.scratch);
            }
            if (base != null && !known.recall(i, tile.deltas[i], count)) {
                inputs[i].delta(start, count, tile.base, tile.deltas[i], tile.scratch);
            }
        }
    }
}
