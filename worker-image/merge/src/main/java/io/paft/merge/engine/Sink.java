package io.paft.merge.engine;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.report.MergeStatistics;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;

/**
 * Where merged tensors go; used by several threads.
 *
 * @param output takes them
 * @param progress hears of every part
 * @param stopped true when the work is to end
 */
record Sink(Output output, Progress progress, BooleanSupplier stopped) {
    /**
     * Writes a part of a tensor.
     *
     * @param offset of the part in the tensor, in bytes
     * @param part of at most 2 GiB
     * @throws IOException when the output cannot be written
     */
    void write(String tensor, long offset, MemorySegment part) throws IOException {
        output.write(tensor, offset, part.asByteBuffer());
        progress.bytes(part.byteSize());
    }

    /**
     * A tensor is written.
     *
     * @throws IOException when its shard cannot be finished
     */
    void complete(TensorPlan tensor, MergeStatistics statistics) throws IOException {
        output.complete(tensor, statistics);
        progress.tensor();
    }

    /** Throws Stopped when the work is to end. */
    void checkStopped() {
        if (stopped.getAsBoolean()) {
            throw new MergeException(Reason.Stopped, "the merge was stopped before it was done.");
        }
    }
}
