package io.paft.merge.engine;

import io.paft.merge.kernel.TopK;
import io.paft.merge.report.MergeStatistics;
import java.io.IOException;
import java.lang.foreign.Arena;

/** Merges tensors one after the other on one thread, in working memory of a fixed size. */
final class TensorMerger {
    private final Sink sink;
    private final Tile tile;
    private final TopK[] selectors;
    private final Engine.Options options;

    /**
     * A merger.
     *
     * @param inputs the largest number of inputs of a tensor
     * @param arena holds the buffer for output
     * @param options seed of random masks, and what to do with NaN
     * @param sink where the output goes
     */
    TensorMerger(int inputs, Arena arena, Engine.Options options, Sink sink) {
        this.options = options;
        this.sink = sink;
        this.tile = new Tile(inputs, arena);
        this.selectors = new TopK[2 * inputs];
        for (int i = 0; i < selectors.length; i++) {
            selectors[i] = new TopK();
        }
    }

    /**
     * Merges one tensor.
     *
     * @return its statistics
     * @throws IOException when the output cannot be written
     * @throws io.paft.merge.MergeException ModelInvalid for NaN, infinities, or bytes that differ where they must not
     */
    MergeStatistics merge(TensorPlan plan) throws IOException {
        MergeStatistics statistics = MergeStatistics.empty(plan.reported().length);
        if (plan.operation() instanceof Operation.PassThrough) {
            PassThroughCopy.copy(plan, sink);
        } else {
            new TensorRun(plan, tile, selectors, options, sink, statistics).execute();
        }
        return statistics;
    }
}
