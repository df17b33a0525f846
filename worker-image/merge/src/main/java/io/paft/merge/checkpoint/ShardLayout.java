package io.paft.merge.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.safetensors.TensorInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * How the tensors of a checkpoint are spread over its files, as transformers does it: {@code model.safetensors}, or
 * numbered shards and an index. It depends on the tensors and the shard size alone, so every process finds the same.
 *
 * @param shards in the order of their numbers, at least one
 */
public record ShardLayout(List<Shard> shards) {
    /** The index that belongs to more than one shard. */
    public static final String INDEX = WeightFiles.INDEX;

    public ShardLayout {
        shards = List.copyOf(shards);
    }

    /**
     * One file of weights.
     *
     * @param file its name
     * @param tensors in the order of the model; offsets are ignored
     */
    public record Shard(String file, List<TensorInfo> tensors) {
        public Shard {
            tensors = List.copyOf(tensors);
        }

        /** Size of its tensors in bytes. */
        public long bytes() {
            return tensors.stream().mapToLong(TensorInfo::bytes).sum();
        }
    }

    /**
     * Fills shards in the given order.
     *
     * @param tensors names, types, shapes and sizes
     * @param shardSize largest size of the tensors of a shard in bytes; one larger tensor gets a shard of its own
     */
    public static ShardLayout of(List<TensorInfo> tensors, long shardSize) {
        List<List<TensorInfo>> groups = split(tensors, shardSize);
        List<Shard> shards = new ArrayList<>();
        for (List<TensorInfo> group : groups) {
            shards.add(new Shard(name(shards.size(), groups.size()), group));
        }
        return new ShardLayout(shards);
    }

    /** The name of a file of weights: number {@code index}, from 0, of {@code count}. */
    public static String name(int index, int count) {
        return count == 1
                ? WeightFiles.SINGLE
                : String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", index + 1, count);
    }

    /** The content of {@code model.safetensors.index.json}. */
    public byte[] index() {
        ObjectNode index = Json.object();
        index.putObject("metadata")
                .put(
                        "total_parameters",
                        shards.stream()
                                .flatMap(shard -> shard.tensors().stream())
                                .mapToLong(tensor -> tensor.shape().elements())
                                .sum())
                .put("total_size", shards.stream().mapToLong(Shard::bytes).sum());
        Map<String, String> files = new TreeMap<>();
        shards.forEach(shard -> shard.tensors().forEach(tensor -> files.put(tensor.name(), shard.file())));
        ObjectNode map = index.putObject("weight_map");
        files.forEach(map::put);
        return Json.pretty(index);
    }

    /** Greedy in the given order. */
    private static List<List<TensorInfo>> split(List<TensorInfo> tensors, long shardSize) {
        List<List<TensorInfo>> groups = new ArrayList<>();
        List<TensorInfo> current = new ArrayList<>();
        long size = 0;
        for (TensorInfo info : tensors) {
            if (!current.isEmpty() && size + info.bytes() > shardSize) {
                groups.add(current);
                current = new ArrayList<>();
                size = 0;
            }
            current.add(info);
            size += info.bytes();
        }
        groups.add(current);
        return groups;
    }
}
