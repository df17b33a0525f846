package io.paft.merge.engine;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.Weights;
import io.paft.merge.checkpoint.Weights.Stored;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Copies tensors that cannot be computed with, after checking that all inputs have the same bytes. */
final class PassThroughCopy {
    private static final int CHUNK = 1 << 20;

    private PassThroughCopy() {}

    /**
     * Copies one tensor.
     *
     * @throws IOException when the output cannot be written
     * @throws MergeException ModelInvalid when the inputs differ
     */
    static void copy(TensorPlan plan, Sink sink) throws IOException {
        Weights reference = plan.base() == null ? plan.inputs().getFirst().weights() : plan.base();
        MemorySegment source = bytes(plan, reference);
        for (TensorPlan.Input input : plan.inputs()) {
            if (differ(source, bytes(plan, input.weights()), sink)) {
                throw new MergeException(
                        Reason.ModelInvalid,
                        "tensor " + plan.name() + " of type " + plan.dtype() + " cannot be merged, only kept, and "
                                + input.model() + " has other values than the model before it.");
            }
        }
        byte[] buffer = new byte[CHUNK];
        for (long at = 0; at < source.byteSize(); at += CHUNK) {
            sink.checkStopped();
            int count = (int) Math.min(CHUNK, source.byteSize() - at);
            // Through the heap: a fault of the map is an error here, but inside a write it would be a crash.
            MemorySegment.copy(source, at, MemorySegment.ofArray(buffer), 0, count);
            sink.output().write(plan.name(), at, ByteBuffer.wrap(buffer, 0, count));
            sink.progress().bytes(count);
        }
    }

    /** Through the heap as well: a comparison of mapped segments would end the process when a file became shorter. */
    private static boolean differ(MemorySegment first, MemorySegment second, Sink sink) {
        if (first.byteSize() != second.byteSize()) {
            return true;
        }
        byte[] one = new byte[CHUNK];
        byte[] other = new byte[CHUNK];
        for (long at = 0; at < first.byteSize(); at += CHUNK) {
            sink.checkStopped();
            int count = (int) Math.min(CHUNK, first.byteSize() - at);
            MemorySegment.copy(first, at, MemorySegment.ofArray(one), 0, count);
            MemorySegment.copy(second, at, MemorySegment.ofArray(other), 0, count);
            if (!Arrays.equals(one, 0, count, other, 0, count)) {
                return true;
            }
        }
        return false;
    }

    private static MemorySegment bytes(TensorPlan plan, Weights weights) {
        return switch (weights) {
            case Stored stored -> stored.data();
            case Weights.Adapted adapted ->
                throw new MergeException(
                        Reason.ModelInvalid,
                        "tensor " + plan.name() + " of type " + adapted.dtype()
                                + " has an adapter on it, which cannot be merged.");
        };
    }
}
