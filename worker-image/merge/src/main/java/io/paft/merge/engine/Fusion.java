package io.paft.merge.engine;

import io.paft.merge.kernel.Combine;

/** Fuses the inputs of one tensor in the tile, after passes that gather what it needs to know of the whole tensor. */
interface Fusion {
    /** Number of passes that gather. */
    default int passes() {
        return 0;
    }

    /** Gathers from the tile. */
    default void gather(int pass, int count) {}

    /** After all tiles of such a pass. */
    default void gathered(int pass) {}

    /** Fuses elements 0 to count - 1 of the tile into its output. */
    void combine(int count);

    /** The one for an operation. */
    static Fusion of(TensorPlan plan, Tile tile) {
        float[] weights = plan.weightsOfInputs();
        return switch (plan.operation()) {
            case Operation.Linear(boolean normalize) ->
                count -> Combine.linear(tile.values, weights, normalize, count, tile.output);
            case Operation.TaskArithmetic(float lambda, boolean normalize, boolean rescale) ->
                count -> Combine.taskArithmetic(tile.base, tile.deltas, weights, normalize, lambda, count, tile.output);
            case Operation.Ties(float lambda, boolean normalize, boolean rescale) ->
                count -> Combine.ties(tile.base, tile.deltas, weights, normalize, lambda, count, tile.output);
            case Operation.PassThrough() -> throw new IllegalStateException("nothing to combine");
        };
    }
}
