package io.paft.merge.journal;

import io.paft.merge.files.FileEntry;
import io.paft.merge.report.MergeStatistics;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import io.paft.merge.safetensors.TensorInfo;
import java.util.List;

/**
 * A finished shard: durable, under its own name.
 *
 * @param entry its name, size and digest
 * @param tensors in the order of the model
 */
public record ShardRecord(FileEntry entry, List<Tensor> tensors) {
    public ShardRecord {
        tensors = List.copyOf(tensors);
    }

    /**
     * One tensor of it.
     *
     * @param name in the output
     * @param dtype written
     * @param shape dimensions
     * @param statistics exactly what was measured
     */
    public record Tensor(String name, Dtype dtype, Shape shape, MergeStatistics statistics) {
        /** As the layout of a checkpoint has it. */
        TensorInfo info() {
            return new TensorInfo(name, dtype, shape, 0, shape.elements() * dtype.bits() / 8);
        }
    }
}
