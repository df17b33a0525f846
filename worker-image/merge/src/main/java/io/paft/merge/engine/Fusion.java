package io.paft.merge.engine;

import io.paft.merge.kernel.Blend;
import io.paft.merge.kernel.Combine;
import io.paft.merge.report.DecisionStatistics;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** Fuses the inputs in one range of a tensor, in the tile, after passes that gather what it needs to know of the whole tensor. */
interface Fusion {
    /** Number of passes that gather. */
    default int passes() {
        return 0;
    }

    /** Gathers from the tile, which has elements {@code start} to {@code start + count - 1} of the tensor. */
    default void gather(int pass, long start, int count) {}

    /**
     * After such a pass, once for the tensor.
     *
     * @param ranges this fusion and those of the other ranges, in the order of the elements
     */
    default void settle(int pass, List<Fusion> ranges) {}

    /** True when {@link #settle} knows how to bring several ranges of a tensor together; else a tensor is one range. */
    default boolean splits() {
        return passes() == 0;
    }

    /** Sets elements of the deltas in the tile to zero that the method itself does not take; once for each tile of the last pass. */
    default void select(int count) {}

    /** True when fusing with an operation also counts who decides an element. */
    static boolean countsDecisions(Operation operation) {
        return operation instanceof Operation.Ties;
    }

    /** Fuses these elements of the tile, after {@link #select}, into its output. */
    void combine(long start, int count);

    /**
     * The one for an operation.
     *
     * @param decisions gets who decides, where {@link #countsDecisions fusing counts it}
     */
    static Fusion of(TensorPlan plan, Tile tile, DecisionStatistics decisions) {
        float[] weights = plan.weightsOfInputs();
        return switch (plan.operation()) {
            case Operation.Linear(boolean normalize) -> {
                float[][] values = values(plan, tile);
                yield (start, count) -> Combine.linear(values, weights, normalize, count, tile.output);
            }
            case Operation.TaskArithmetic(float lambda, boolean normalize) ->
                (start, count) ->
                        Combine.taskArithmetic(tile.base, tile.deltas, weights, normalize, lambda, count, tile.output);
            case Operation.Ties ties -> new TiesFusion(ties, plan, tile, decisions);
            case Operation.Slerp(double t) ->
                blend(
                        plan,
                        tile,
                        new float[][] {tile.base, values(plan, tile)[0]},
                        false,
                        gram -> Blend.slerp(gram, t));
            case Operation.NuSlerp(Operation.Split split) ->
                blend(plan, tile, plan.base() != null, split, gram -> Blend.nuslerp(gram, weights));
            case Operation.MultiSlerp(boolean normalize, double eps) ->
                blend(
                        plan,
                        tile,
                        vectors(plan, tile),
                        plan.base() != null,
                        gram -> Blend.multislerp(gram, weights, normalize, eps));
            case Operation.ModelStock(Operation.Split split) -> blend(plan, tile, true, split, Blend::modelStock);
            case Operation.Ram ram -> new RamFusion(ram, tile, weights.length);
            case Operation.Sce sce -> new SceFusion(sce, tile, weights.length);
            case Operation.NearSwap(float t) -> {
                float[] other = values(plan, tile)[0];
                yield (start, count) -> Combine.nearSwap(tile.base, other, t, count, tile.output);
            }
            case Operation.Scale(float scale) -> {
                float[] all = values(plan, tile)[0];
                yield (start, count) -> Combine.scale(all, scale, count, tile.output);
            }
            case Operation.PassThrough() -> throw new IllegalStateException("nothing to combine");
        };
    }

    private static Fusion blend(
            TensorPlan plan, Tile tile, float[][] vectors, boolean onBase, Function<double[][], double[]> rule) {
        return new BlendFusion(plan.name(), tile, vectors, onBase, rule);
    }

    private static Fusion blend(
            TensorPlan plan, Tile tile, boolean onBase, Operation.Split split, Function<double[][], double[]> rule) {
        float[][] vectors = vectors(plan, tile);
        return split == Operation.Split.NONE
                ? blend(plan, tile, vectors, onBase, rule)
                : new PartsFusion(plan, tile, vectors, onBase, split, rule::apply);
    }

    /** The values of the inputs; those of the base are where the base is. */
    private static float[][] values(TensorPlan plan, Tile tile) {
        float[][] values = new float[plan.inputs().size()][];
        Arrays.setAll(values, i -> plan.readsBase(i) ? tile.base : tile.values[i]);
        return values;
    }

    /** The deltas when there is a base, else the values; a tile may have room for more inputs than the tensor has. */
    private static float[][] vectors(TensorPlan plan, Tile tile) {
        return plan.base() == null
                ? values(plan, tile)
                : Arrays.copyOf(tile.deltas, plan.inputs().size());
    }
}
