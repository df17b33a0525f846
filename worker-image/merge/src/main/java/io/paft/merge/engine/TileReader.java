package io.paft.merge.engine;

import org.jspecify.annotations.Nullable;

/** Fills a tile with a piece of one tensor: the base, and of every input its values or its delta. */
final class TileReader {
    private final TensorPlan plan;
    private final Tile tile;
    private final @Nullable TensorReader base;
    private final TensorReader[] inputs;
    /** Which inputs are the base. */
    private final boolean[] same;

    TileReader(TensorShared shared, Tile tile) {
        this.plan = shared.plan();
        this.tile = tile;
        this.base = plan.base() == null ? null : TensorReader.of(TensorReader.Source.of(plan.base(), null));
        this.inputs = new TensorReader[plan.inputs().size()];
        this.same = new boolean[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = shared.reader(i);
            same[i] = plan.readsBase(i);
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
        for (int i = 0; i < inputs.length; i++) {
            if (plan.needsValues()) {
                values(i, start, count);
            } else if (base != null && !known.recall(i, tile.deltas[i], count)) {
                inputs[i].delta(start, count, tile.base, tile.deltas[i], tile.scratch);
            }
        }
    }

    /** The values of an input, and its delta where there is a base; the base's own are there already. */
    private void values(int input, long start, int count) {
        if (base == null) {
            inputs[input].values(start, count, tile.values[input], tile.scratch);
        } else if (!same[input]) {
            inputs[input].both(start, count, tile.base, tile.values[input], tile.deltas[input], tile.scratch);
        }
    }
}
