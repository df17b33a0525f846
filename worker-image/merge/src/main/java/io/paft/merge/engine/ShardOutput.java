package io.paft.merge.engine;

import io.paft.merge.checkpoint.CheckpointWriter;
import io.paft.merge.checkpoint.ShardLayout.Shard;
import io.paft.merge.journal.Attempt;
import io.paft.merge.journal.ShardRecord;
import io.paft.merge.report.MergeStatistics;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Writes tensors into shards, and records each shard in the journal as soon as it is finished. */
final class ShardOutput implements Output, AutoCloseable {
    private final CheckpointWriter writer;
    private final Attempt attempt;
    private final List<String> reported;
    private final InputGuard guard;
    private final Map<String, MergeStatistics> measured = new ConcurrentHashMap<>();

    ShardOutput(Path directory, Attempt attempt, List<String> reported, InputGuard guard) {
        this.reported = List.copyOf(reported);
        this.writer = new CheckpointWriter(directory, attempt.missing());
        this.attempt = attempt;
        this.guard = guard;
    }

    @Override
    public void write(String tensor, long offset, ByteBuffer part) throws IOException {
        writer.write(tensor, offset, part);
    }

    @Override
    public void complete(TensorPlan tensor, MergeStatistics statistics) throws IOException {
        measured.put(tensor.name(), statistics.spread(positions(tensor), reported.size()));
        // Before the file can get its name: an input that was written to is neither what it was nor what it is now, and
        // behind the end of one that became shorter a map may read as zeros.
        guard.check();
        Optional<CheckpointWriter.Sealed> sealed = writer.complete(tensor.name());
        if (sealed.isPresent()) {
            attempt.finished(
                    new ShardRecord(sealed.get().entry(), tensors(sealed.get().shard())));
        }
    }

    /** Where the inputs of a tensor are among those of the report; slices may have some of them only. */
    private int[] positions(TensorPlan tensor) {
        return Arrays.stream(tensor.reported())
                .map(i -> reported.indexOf(tensor.inputs().get(i).model()))
                .toArray();
    }

    private List<ShardRecord.Tensor> tensors(Shard shard) {
        return shard.tensors().stream()
                .map(info -> {
                    MergeStatistics statistics = measured.remove(info.name());
                    if (statistics == null) {
                        throw new IllegalStateException("no statistics of " + info.name());
                    }
                    return new ShardRecord.Tensor(info.name(), info.dtype(), info.shape(), statistics);
                })
                .toList();
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }
}
