package io.paft.merge.engine;

import io.paft.merge.kernel.Combine;
import io.paft.merge.report.DecisionStatistics;
import java.util.Arrays;

/** Elects a sign for each element, adds what has it, and counts whose terms those are: both know the same terms. */
final class TiesFusion implements Fusion {
    private final Operation.Ties operation;
    private final Tile tile;
    private final float[] weights;
    private final DecisionStatistics decisions;
    private final long[] alone;

    /**
     * A fusion of deltas: of inputs that are all reported, since the base has none.
     *
     * @param decisions gets the counts
     */
    TiesFusion(Operation.Ties operation, TensorPlan plan, Tile tile, DecisionStatistics decisions) {
        this.operation = operation;
        this.tile = tile;
        this.weights = plan.weightsOfInputs();
        this.decisions = decisions;
        this.alone = new long[weights.length];
    }

    @Override
    public void combine(long start, int count) {
        Arrays.fill(alone, 0);
        int none = Combine.ties(
                tile.base, tile.deltas, weights, operation.normalize(), operation.lambda(), count, tile.output, alone);
        decisions.add(alone, none, count);
    }
}
