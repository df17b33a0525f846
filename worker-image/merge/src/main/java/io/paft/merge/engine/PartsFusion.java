package io.paft.merge.engine;

import io.paft.merge.kernel.BlendParts;
import java.util.List;

/** Blends the rows or the columns of a tensor, each by factors of its own, after a pass that gathers their dot products. */
final class PartsFusion implements Fusion {
    private final Tile tile;
    private final float[][] vectors;
    private final boolean onBase;
    private final BlendParts.Rule rule;
    private final BlendParts parts;

    /**
     * A blend.
     *
     * @param vectors the arrays of the tile that are blended
     * @param onBase the sum is added to the base
     * @param split rows or columns
     * @param rule from the Gram matrix of one of them to the factors
     */
    PartsFusion(
            TensorPlan plan,
            Tile tile,
            float[][] vectors,
            boolean onBase,
            Operation.Split split,
            BlendParts.Rule rule) {
        this.tile = tile;
        this.vectors = vectors;
        this.onBase = onBase;
        this.rule = rule;
        boolean rows = split == Operation.Split.ROWS;
        long count = count(plan, split);
        this.parts =
                new BlendParts(vectors.length, Math.toIntExact(count), rows ? plan.columns() : count, rows, Tile.SIZE);
    }

    /** How many rows or columns a tensor has; a vector is one of either. */
    private static long count(TensorPlan plan, Operation.Split split) {
        List<Long> dimensions = plan.shape().dimensions();
        long along =
                dimensions.isEmpty() ? 1 : split == Operation.Split.ROWS ? dimensions.getLast() : dimensions.getFirst();
        return plan.shape().elements() / along;
    }

    /** Bytes that one takes besides the tile. */
    static long bytes(TensorPlan plan, Operation.Split split) {
        return split == Operation.Split.NONE
                ? 0
                : BlendParts.bytes(plan.inputs().size(), count(plan, split), Tile.SIZE);
    }

    @Override
    public int passes() {
        return 1;
    }

    @Override
    public void gather(int pass, long start, int count) {
        parts.add(vectors, start, count);
    }

    @Override
    public void settle(int pass, List<Fusion> ranges) {
        parts.choose(rule);
    }

    @Override
    public void combine(long start, int count) {
        parts.combine(tile.base, onBase, vectors, start, count, tile.output);
    }
}
