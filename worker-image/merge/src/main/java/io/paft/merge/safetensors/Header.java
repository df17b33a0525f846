package io.paft.merge.safetensors;

import java.util.List;
import java.util.Map;

/**
 * A header that passed every check of the format.
 *
 * @param metadata the free text of {@code __metadata__}; empty when there is none
 * @param tensors in the order of their data, which has no holes and no overlap
 * @param dataStart offset of the data in the file; of any alignment
 */
public record Header(Map<String, String> metadata, List<TensorInfo> tensors, long dataStart) {
    public Header {
        metadata = Map.copyOf(metadata);
        tensors = List.copyOf(tensors);
    }
}
