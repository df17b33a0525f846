package io.paft.merge.checkpoint;

import io.paft.merge.checkpoint.ShardLayout.Shard;
import io.paft.merge.files.FileEntry;
import io.paft.merge.safetensors.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes shards of a checkpoint. Parts of tensors may arrive in any order and from several threads; a file gets its name
 * when its last tensor is complete and it is durable.
 */
public final class CheckpointWriter implements AutoCloseable {
    private final List<ShardFile> files = new ArrayList<>();
    private final Map<String, ShardFile> owners = new HashMap<>();

    /**
     * A writer; no file is created yet.
     *
     * @param directory where; it exists
     * @param shards to write, all or some of a layout
     */
    public CheckpointWriter(Path directory, List<Shard> shards) {
        for (Shard shard : shards) {
            ShardFile file = new ShardFile(directory, shard);
            files.add(file);
            for (TensorInfo tensor : shard.tensors()) {
                owners.put(tensor.name(), file);
            }
        }
    }

    /**
     * A file that is finished.
     *
     * @param shard what is in it
     * @param entry its size and digest
     */
    public record Sealed(Shard shard, FileEntry entry) {}

    /**
     * Writes a part of a tensor.
     *
     * @param tensor its name
     * @param offset of the part in the tensor, in bytes
     * @param bytes the part
     * @throws IOException when the file cannot be written
     */
    public void write(String tensor, long offset, ByteBuffer bytes) throws IOException {
        owner(tensor).write(tensor, offset, bytes);
    }

    /**
     * Takes note that all parts of a tensor are written. With the last one of a shard, makes the file durable and gives it
     * its name.
     *
     * @return the shard, when this finished it
     * @throws IOException when that fails; then the file has no name
     */
    public Optional<Sealed> complete(String tensor) throws IOException {
        ShardFile file = owner(tensor);
        return file.complete(tensor) ? Optional.of(new Sealed(file.shard(), file.seal())) : Optional.empty();
    }

    /** Closes the files; those that are not finished are removed. */
    @Override
    public void close() throws IOException {
        for (ShardFile file : files) {
            file.close();
        }
    }

    private ShardFile owner(String tensor) {
        ShardFile file = owners.get(tensor);
        if (file == null) {
            throw new IllegalArgumentException("no tensor " + tensor + " in this output");
        }
        return file;
    }
}
