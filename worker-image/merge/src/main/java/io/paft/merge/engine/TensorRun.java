package io.paft.merge.engine;

import io.paft.merge.kernel.FloatCodec;
import io.paft.merge.kernel.TopK;
import io.paft.merge.report.MergeStatistics;
import io.paft.merge.safetensors.Dtype;
import java.io.IOException;

/**
 * The passes over one tensor: one that combines and writes; before it those that sparsifying or fusing needs to know the
 * whole tensor. Statistics are gathered on the way.
 */
final class TensorRun {
    private final TensorPlan plan;
    private final Tile tile;
    private final Sink sink;
    private final TileReader reader;
    private final Measurement measurement;
    private final Sparsification sparsification;
    private final Fusion fusion;
    private final Finiteness finiteness;
    private boolean measured;

    TensorRun(
            TensorPlan plan,
            Tile tile,
            TopK[] selectors,
            Engine.Options options,
            Sink sink,
            MergeStatistics statistics) {
        this.plan = plan;
        this.tile = tile;
        this.sink = sink;
        this.reader = new TileReader(plan, tile);
        this.finiteness = new Finiteness(plan, options.allowNan(), statistics.nonFinite());
        this.measurement = new Measurement(plan, tile, statistics, finiteness);
        this.sparsification = new Sparsification(plan, tile, reader, selectors, options.seed());
        this.fusion = Fusion.of(plan, tile);
    }

    /** Work on the tile that has just been read. */
    private interface TileWork {
        void run(long start, int count) throws IOException;
    }

    /** Merges the tensor. */
    void execute() throws IOException {
        for (int i = 0; i < sparsification.passes(); i++) {
            int pass = i;
            overTiles((start, count) -> sparsification.count(pass, start, count));
            sparsification.counted(pass);
        }
        for (int i = 0; i < fusion.passes(); i++) {
            int pass = i;
            overTiles((start, count) -> {
                sparsification.apply(start, count);
                fusion.gather(pass, count);
            });
            fusion.gathered(pass);
        }
        overTiles((start, count) -> {
            sparsification.apply(start, count);
            measurement.after(count);
            fusion.combine(count);
            write(start, count);
        });
        measurement.kept(sparsification.kept(plan.shape().elements()));
    }

    /** Reads every tile in turn and works on it. */
    private void overTiles(TileWork work) throws IOException {
        sparsification.restart();
        long elements = plan.shape().elements();
        for (long start = 0; start < elements; start += Tile.SIZE) {
            sink.checkStopped();
            int count = (int) Math.min(Tile.SIZE, elements - start);
            reader.read(start, count);
            if (!measured) {
                measurement.before(count);
            }
            work.run(start, count);
        }
        measured = true;
    }

    private void write(long start, int count) throws IOException {
        Dtype dtype = plan.dtype();
        if (!FloatCodec.encode(tile.output, count, dtype, tile.encoded)) {
            finiteness.result(tile.output, start, count, tile.encoded);
        }
        sink.write(plan.name(), start * dtype.bytes(), tile.encoded.asSlice(0, (long) count * dtype.bytes()));
    }
}
