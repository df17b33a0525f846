package io.paft.merge.engine;

import io.paft.merge.kernel.FloatCodec;
import io.paft.merge.report.MergeStatistics;
import io.paft.merge.safetensors.Dtype;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** One range of a tensor's elements: reads its tiles in order and does the work of a pass on them. */
final class TensorRange {
    private final TensorPlan plan;
    private final long from;
    private final long to;
    private final Tile tile;
    private final Sink sink;
    private final TileReader reader;
    private final Measurement measurement;
    private final MergeStatistics statistics;
    private final Sparsification sparsification;
    private final Fusion fusion;
    private final Finiteness finiteness;
    private final RangeWriter writer;
    private boolean measured;

    /**
     * A range.
     *
     * @param shared what all ranges of the tensor know
     * @param from the first element
     * @param to the one after the last
     */
    TensorRange(TensorShared shared, long from, long to, Tile tile, Sink sink) {
        this.plan = shared.plan();
        this.from = from;
        this.to = to;
        this.tile = tile;
        this.sink = sink;
        this.reader = new TileReader(shared, tile);
        this.statistics = MergeStatistics.empty(plan.reported().length);
        this.finiteness = new Finiteness(plan, shared.allowNan(), statistics.nonFinite());
        this.measurement = new Measurement(plan, tile, statistics, finiteness, from, to);
        this.sparsification = new Sparsification(shared, tile, reader, to - from);
        this.fusion = Fusion.of(plan, tile, statistics.decisions());
        this.writer = new RangeWriter(plan.name(), tile.encoded, sink);
    }

    /** Work on the tile that has just been read. */
    private interface TileWork {
        void run(long start, int count) throws IOException;
    }

    Sparsification sparsification() {
        return sparsification;
    }

    Fusion fusion() {
        return fusion;
    }

    Tile tile() {
        return tile;
    }

    MergeStatistics statistics() {
        return statistics;
    }

    /** True when the tensor may have other ranges. */
    boolean splits() {
        return sparsification.splits() && fusion.splits();
    }

    /** A pass that sparsifying needs. */
    void count(int pass) throws IOException {
        overTiles((start, count) -> sparsification.count(pass, start, count));
    }

    /** A pass that fusing needs. */
    void gather(int pass) throws IOException {
        overTiles((start, count) -> {
            sparsification.apply(start, count);
            fusion.gather(pass, start, count);
        });
    }

    /** The last pass. */
    void write() throws IOException {
        overTiles((start, count) -> {
            sparsification.apply(start, count);
            measurement.after(count);
            fusion.select(count);
            measurement.decided(count);
            fusion.combine(start, count);
            write(start, count);
        });
        writer.flush();
        measurement.kept(sparsification.kept(to - from));
    }

    /** Reads every tile in turn and works on it. */
    private void overTiles(TileWork work) throws IOException {
        sparsification.restart();
        for (long start = from; start < to; start += Tile.SIZE) {
            sink.checkStopped();
            int count = (int) Math.min(Tile.SIZE, to - start);
            reader.read(start, count, sparsification::recall);
            if (!measured) {
                measurement.before(count);
            }
            work.run(start, count);
        }
        measured = true;
    }

    private void write(long start, int count) throws IOException {
        Dtype dtype = plan.dtype();
        MemorySegment encoded = writer.room(start * dtype.bytes(), (long) count * dtype.bytes());
        if (!FloatCodec.encode(tile.output, count, dtype, encoded)) {
            finiteness.result(tile.output, start, count, encoded);
        }
    }
}
