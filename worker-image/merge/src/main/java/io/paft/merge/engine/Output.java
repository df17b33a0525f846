package io.paft.merge.engine;

import io.paft.merge.report.MergeStatistics;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Where merged tensors go; called from several threads. */
public interface Output {
    /**
     * Takes a part of a tensor.
     *
     * @param tensor its name
     * @param offset of the part in the tensor, in bytes
     * @throws IOException when it cannot be written
     */
    void write(String tensor, long offset, ByteBuffer part) throws IOException;

    /**
     * Takes note that all parts of a tensor are written.
     *
     * @param tensor as planned
     * @param statistics of the tensor
     * @throws IOException when it cannot be kept
     */
    void complete(TensorPlan tensor, MergeStatistics statistics) throws IOException;
}
