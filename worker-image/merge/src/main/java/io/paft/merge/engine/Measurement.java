package io.paft.merge.engine;

import io.paft.merge.kernel.Measure;
import io.paft.merge.report.MergeStatistics;

/** Gathers the statistics of one tensor from the tiles as they pass. */
final class Measurement {
    private final Tile tile;
    private final MergeStatistics statistics;
    private final int[] reported;
    private final Finiteness finiteness;

    Measurement(TensorPlan plan, Tile tile, MergeStatistics statistics, Finiteness finiteness) {
        this.finiteness = finiteness;
        this.tile = tile;
        this.statistics = statistics;
        this.reported = plan.reported();
    }

    /**
     * Measures the deltas in the tile before sparsifying.
     *
     * @throws io.paft.merge.MergeException ModelInvalid for NaN and infinities, unless they are allowed
     */
    void before(int count) {
        double baseSum = reported.length == 0 ? 0 : Measure.dot(tile.base, tile.base, count);
        for (int i = 0; i < reported.length; i++) {
            statistics.inputs().get(i).add(tile.deltas[reported[i]], tile.base, count, baseSum);
            if (!statistics.inputs().get(i).isFinite()) {
                finiteness.input(i, tile.deltas[reported[i]], count);
            }
            for (int j = 0; j < i; j++) {
                statistics.pair(j, i).addBefore(tile.deltas[reported[j]], tile.deltas[reported[i]], count);
            }
        }
    }

    /** Measures what sparsifying left in the tile. */
    void after(int count) {
        for (int i = 0; i < reported.length; i++) {
            for (int j = 0; j < i; j++) {
                statistics.pair(j, i).addAfter(tile.deltas[reported[j]], tile.deltas[reported[i]], count);
            }
        }
    }

    /** Notes how many elements of each input sparsifying kept. */
    void kept(long[] keptByInput) {
        for (int i = 0; i < reported.length; i++) {
            statistics.inputs().get(i).addKept(keptByInput[reported[i]]);
        }
    }
}
