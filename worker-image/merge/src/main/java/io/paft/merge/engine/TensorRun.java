package io.paft.merge.engine;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.kernel.Combine;
import io.paft.merge.kernel.FloatCodec;
import io.paft.merge.kernel.Threshold;
import io.paft.merge.kernel.TopK;
import io.paft.merge.kernel.Trim;
import io.paft.merge.report.MergeStatistics;
import io.paft.merge.safetensors.Dtype;
import java.io.IOException;

/**
 * The passes over one tensor: one that combines and writes; before it, where a delta is trimmed, two that count its
 * magnitudes. Statistics are gathered on the way.
 */
final class TensorRun {
    /** Nothing has a magnitude above that of this NaN, so a trim to it keeps nothing. */
    private static final Threshold KEEPS_NOTHING = new Threshold(Integer.MAX_VALUE, 0);

    private final TensorPlan plan;
    private final Tile tile;
    private final TopK[] selectors;
    private final Sink sink;
    private final TileReader reader;
    private final Measurement measurement;
    private final float[] weights;
    private final long[] kept;
    private final boolean[] trimmed;

    TensorRun(TensorPlan plan, Tile tile, TopK[] selectors, Sink sink, MergeStatistics statistics) {
        this.plan = plan;
        this.tile = tile;
        this.selectors = selectors;
        this.sink = sink;
        this.reader = new TileReader(plan, tile);
        this.measurement = new Measurement(plan, tile, statistics);
        int inputs = plan.inputs().size();
        this.weights = new float[inputs];
        this.kept = new long[inputs];
        this.trimmed = new boolean[inputs];
        long elements = plan.shape().elements();
        for (int i = 0; i < inputs; i++) {
            TensorPlan.Input input = plan.inputs().get(i);
            weights[i] = input.weight();
            trimmed[i] = plan.operation() instanceof Operation.Ties && input.density() < 1;
            kept[i] = trimmed[i] ? TopK.kept(input.density(), elements) : elements;
        }
    }

    /** Work on the tile that has just been read. */
    private interface TileWork {
        void run(long start, int count) throws IOException;
    }

    /** Merges the tensor. */
    void execute() throws IOException {
        Threshold[] thresholds = plan.trims() ? thresholds() : new Threshold[0];
        long[] equalLeft = new long[thresholds.length];
        for (int i = 0; i < thresholds.length; i++) {
            equalLeft[i] = thresholds[i].equalKept();
        }
        overTiles((start, count) -> {
            if (thresholds.length == 0) {
                measurement.before(count);
            }
            for (int i = 0; i < thresholds.length; i++) {
                if (trimmed[i]) {
                    equalLeft[i] = Trim.apply(tile.deltas[i], count, thresholds[i].bits(), equalLeft[i]);
                }
            }
            measurement.after(count);
            combine(count);
            write(start, count);
        });
        measurement.kept(kept);
    }

    /** The two counting passes: the exact threshold of every trimmed input. */
    private Threshold[] thresholds() throws IOException {
        for (int i = 0; i < weights.length; i++) {
            selectors[i].reset();
        }
        overTiles((start, count) -> {
            measurement.before(count);
            for (int i = 0; i < weights.length; i++) {
                if (isCounted(i)) {
                    selectors[i].countHigh(tile.deltas[i], count);
                }
            }
        });
        for (int i = 0; i < weights.length; i++) {
            if (isCounted(i)) {
                selectors[i].chooseBin(kept[i]);
            }
        }
        overTiles((start, count) -> {
            for (int i = 0; i < weights.length; i++) {
                if (isCounted(i)) {
                    selectors[i].countLow(tile.deltas[i], count);
                }
            }
        });
        Threshold[] found = new Threshold[weights.length];
        for (int i = 0; i < weights.length; i++) {
            found[i] = isCounted(i) ? selectors[i].threshold() : KEEPS_NOTHING;
        }
        return found;
    }

    private boolean isCounted(int input) {
        return trimmed[input] && kept[input] > 0;
    }

    /** Reads every tile in turn and works on it. */
    private void overTiles(TileWork work) throws IOException {
        long elements = plan.shape().elements();
        for (long start = 0; start < elements; start += Tile.SIZE) {
            sink.checkStopped();
            int count = (int) Math.min(Tile.SIZE, elements - start);
            reader.read(start, count);
            work.run(start, count);
        }
    }

    private void combine(int count) {
        switch (plan.operation()) {
            case Operation.Linear(boolean normalize) ->
                Combine.linear(tile.values, weights, normalize, count, tile.output);
            case Operation.TaskArithmetic(float lambda, boolean normalize) ->
                Combine.taskArithmetic(tile.base, tile.deltas, weights, normalize, lambda, count, tile.output);
            case Operation.Ties(float lambda, boolean normalize) ->
                Combine.ties(tile.base, tile.deltas, weights, normalize, lambda, count, tile.output);
            case Operation.PassThrough() -> throw new IllegalStateException("nothing to combine");
        }
    }

    private void write(long start, int count) throws IOException {
        Dtype dtype = plan.dtype();
        if (!FloatCodec.encode(tile.output, count, dtype, tile.encoded)) {
            String hint = dtype == Dtype.F16 ? " (float16 ends at 65504; bfloat16 and float32 go further)" : "";
            throw new MergeException(
                    Reason.ModelInvalid,
                    "tensor " + plan.name() + ": the result has infinite values or NaN" + hint + ".");
        }
        sink.write(plan.name(), start * dtype.bytes(), tile.encoded.asSlice(0, (long) count * dtype.bytes()));
    }
}
