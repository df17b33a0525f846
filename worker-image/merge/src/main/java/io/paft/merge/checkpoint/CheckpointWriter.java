package io.paft.merge.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.safetensors.HeaderWriter;
import io.paft.merge.safetensors.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes the weights of a checkpoint in the layout of transformers: {@code model.safetensors}, or shards of at most a
 * given size and their index. Parts of tensors may arrive in any order and from several threads. The files carry their
 * names only after {@link #finish}.
 */
public final class CheckpointWriter implements AutoCloseable {
    private static final String UNFINISHED = ".tmp";

    private final Path directory;
    private final List<Shard> shards = new ArrayList<>();
    private final Map<String, Place> places = new HashMap<>();
    private final long totalSize;
    private final long totalElements;

    private record Shard(String name, FileChannel channel) {}

    private record Place(Shard shard, long position) {}

    /**
     * Creates the files and writes their headers.
     *
     * @param directory where; it exists
     * @param tensors in the order in which they fill the shards; offsets are ignored
     * @param shardSize largest size of the tensors of a shard in bytes; one larger tensor gets a shard of its own
     * @throws IOException when a file cannot be written
     */
    public CheckpointWriter(Path directory, List<TensorInfo> tensors, long shardSize) throws IOException {
        this.directory = directory;
        this.totalSize = tensors.stream().mapToLong(TensorInfo::bytes).sum();
        this.totalElements =
                tensors.stream().mapToLong(tensor -> tensor.shape().elements()).sum();
        List<List<TensorInfo>> groups = split(tensors, shardSize);
        for (int i = 0; i < groups.size(); i++) {
            String name = groups.size() == 1
                    ? WeightFiles.SINGLE
                    : String.format(java.util.Locale.ROOT, "model-%05d-of-%05d.safetensors", i + 1, groups.size());
            create(name, HeaderWriter.layout(groups.get(i)));
        }
    }

    private void create(String name, List<TensorInfo> placed) throws IOException {
        FileChannel channel = FileChannel.open(
                directory.resolve(name + UNFINISHED), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        Shard shard = new Shard(name, channel);
        shards.add(shard);
        byte[] header = HeaderWriter.header(placed);
        writeFully(channel, ByteBuffer.wrap(header), 0);
        placed.forEach(info -> places.put(info.name(), new Place(shard, header.length + info.begin())));
    }

    /**
     * Writes a part of a tensor.
     *
     * @param tensor its name
     * @param offset of the part in the tensor, in bytes
     * @param bytes the part
     * @throws IOException when the file cannot be written
     */
    public void write(String tensor, long offset, ByteBuffer bytes) throws IOException {
        Place place = places.get(tensor);
        if (place == null) {
            throw new IllegalArgumentException("no tensor " + tensor + " in this output");
        }
        writeFully(place.shard().channel(), bytes, place.position() + offset);
    }

    /**
     * Makes the files durable, gives them their names and writes the index.
     *
     * @throws IOException when that fails; then the output is not complete
     */
    public void finish() throws IOException {
        for (Shard shard : shards) {
            shard.channel().force(true);
            shard.channel().close();
            Files.move(
                    directory.resolve(shard.name() + UNFINISHED),
                    directory.resolve(shard.name()),
                    StandardCopyOption.ATOMIC_MOVE);
        }
        if (shards.size() > 1) {
            ObjectNode index = Json.object();
            index.putObject("metadata").put("total_parameters", totalElements).put("total_size", totalSize);
            ObjectNode map = index.putObject("weight_map");
            new TreeMap<>(places)
                    .forEach((tensor, place) -> map.put(tensor, place.shard().name()));
            Files.write(directory.resolve(WeightFiles.INDEX), Json.pretty(index));
        }
    }

    /** Greedy in the given order, as transformers does. */
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

    private static void writeFully(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    /** Closes the files; without {@link #finish} before it they keep their temporary names. */
    @Override
    public void close() throws IOException {
        for (Shard shard : shards) {
            shard.channel().close();
        }
    }
}
