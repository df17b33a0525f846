package io.paft.merge.engine;

import io.paft.merge.report.MagnitudeSample;
import io.paft.merge.report.MergeStatistics;
import io.paft.merge.report.PairStatistics;
import io.paft.merge.report.TileMoments;
import java.util.stream.IntStream;

/** Gathers the statistics of one tensor, or of a range of it, from the tiles as they pass, in order. */
final class Measurement {
    private final Tile tile;
    private final MergeStatistics statistics;
    private final int[] reported;
    /** The arrays of the tile that hold the deltas of the reported inputs. */
    private final float[][] deltas;

    private final float[] weights;
    private final boolean elects;
    private final float smallestTerm;
    private final boolean sparsifies;
    private final TileMoments.Stored stored;
    /** Who decides follows from what is counted of the pair. */
    private final boolean follows;
    /** Who decides is known neither from that nor from fusing. */
    private final boolean counts;

    private final MagnitudeSample[] samples;
    private final Finiteness finiteness;
    private boolean decides;

    /** Of a whole tensor. */
    Measurement(TensorPlan plan, Tile tile, MergeStatistics statistics, Finiteness finiteness) {
        this(plan, tile, statistics, finiteness, 0, plan.shape().elements());
    }

    /** Of elements {@code from} to {@code to - 1}. */
    Measurement(TensorPlan plan, Tile tile, MergeStatistics statistics, Finiteness finiteness, long from, long to) {
        this.finiteness = finiteness;
        this.tile = tile;
        this.statistics = statistics;
        this.reported = plan.reported();
        this.deltas =
                IntStream.of(reported).mapToObj(input -> tile.deltas[input]).toArray(float[][]::new);
        this.weights = new float[reported.length];
        for (int i = 0; i < reported.length; i++) {
            weights[i] = plan.inputs().get(reported[i]).weight();
        }
        this.elects = plan.operation().elects();
        this.smallestTerm = smallestTerm(plan);
        this.sparsifies = sparsifies(plan);
        this.stored = new TileMoments.Stored(
                plan.isBaseOfBf16(),
                IntStream.of(reported).mapToObj(plan::isOfBf16).toList());
        this.follows = decisionsFollow(plan);
        this.counts = countsDecisions(plan);
        this.samples = IntStream.range(0, reported.length)
                .mapToObj(i -> new MagnitudeSample(plan.shape().elements(), plan.columns(), from, to))
                .toArray(MagnitudeSample[]::new);
    }

    static boolean sparsifies(TensorPlan plan) {
        return plan.inputs().stream().anyMatch(input -> !(input.sparsifier() instanceof Sparsifier.All));
    }

    private static float smallestTerm(TensorPlan plan) {
        return plan.operation() instanceof Operation.Ram ram ? (float) ram.epsilon() : 0;
    }

    /**
     * True when who decides is who changes an element, which is counted anyway: two inputs, all of whose terms but those of
     * zero deltas are left. The smallest other difference of two bf16 is 2^-133, and float32 has it times these weights.
     */
    static boolean decisionsFollow(TensorPlan plan) {
        return plan.reported().length == 2
                && !sparsifies(plan)
                && !plan.operation().elects()
                && smallestTerm(plan) == 0
                && IntStream.of(plan.reported())
                        .allMatch(i -> plan.isOfBf16(i)
                                && Math.abs(plan.inputs().get(i).weight()) >= 0x1p-14f);
    }

    /** True when who decides is to be counted before fusing. */
    static boolean countsDecisions(TensorPlan plan) {
        return !decisionsFollow(plan) && !Fusion.countsDecisions(plan.operation());
    }

    /**
     * Measures the deltas in the tile before sparsifying.
     *
     * @throws io.paft.merge.MergeException ModelInvalid for NaN and infinities, unless they are allowed
     */
    void before(int count) {
        if (reported.length == 0) {
            return;
        }
        TileMoments measured = TileMoments.of(tile.moments, tile.base, deltas, count, stored);
        statistics.addBefore(measured);
        for (int i = 0; i < reported.length; i++) {
            if (!statistics.inputs().get(i).isFinite()) {
                finiteness.input(i, deltas[i], tile.base, count);
            }
            samples[i].add(deltas[i], count, measured.largest(i));
        }
    }

    /** Measures what sparsifying left in the tile. */
    void after(int count) {
        if (reported.length > 0 && sparsifies) {
            statistics.addAfter(tile.moments, deltas, count);
        }
    }

    /** Measures who decides the elements of the tile, when it has only what the fusion adds up. */
    void decided(int count) {
        decides = true;
        if (reported.length > 0 && counts) {
            statistics.decisions().add(deltas, weights, elects, smallestTerm, count);
        }
    }

    /** Ends the measurement; notes how many elements of each input sparsifying kept. */
    void kept(long[] keptByInput) {
        for (int i = 0; i < reported.length; i++) {
            statistics.inputs().get(i).end(keptByInput[reported[i]], samples[i], !sparsifies);
        }
        if (!sparsifies) {
            statistics.pairs().forEach(PairStatistics::unchanged);
        }
        if (decides && follows) {
            statistics.decideByChange();
        }
    }
}
