package io.paft.merge.checkpoint;

import io.paft.merge.checkpoint.ShardLayout.Shard;
import io.paft.merge.files.FileEntry;
import io.paft.merge.safetensors.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes shards of a checkpoint. Parts of tensors may arrive in any order and from several threads; a file gets its name
 * when its last tensor is complete and it is durable.
 */
public final class CheckpointWriter implements AutoCloseable {
    private final Map<Shard, ShardFile> files = new LinkedHashMap<>();
    private final Map<String, Shard> owners = new HashMap<>();

    /**
     * A writer; no file is created yet.
     *
     * @param directory where; it exists
     * @param shards to write, all or some of a layout
     */
    public CheckpointWriter(Path directory, List<Shard> shards) {
        for (Shard shard : shards) {
            files.put(shard, new ShardFile(directory, shard));
            for (TensorInfo tensor : shard.tensors()) {
                owners.put(tensor.name(), shard);
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
        file(owner(tensor)).write(tensor, offset, bytes);
    }

    /**
     * Takes note that all parts of a tensor are written. With the last one of a shard, makes the file durable and gives it
     * its name.
     *
     * @return the shard, when this finished it
     * @throws IOException when that fails; then the file has no name
     */
    public Optional<Sealed> complete(String tensor) throws IOException {
        Shard shard = owner(tensor);
        ShardFile file = file(shard);
        return file.complete(tensor) ? Optional.of(new Sealed(shard, file.seal())) : Optional.empty();
    }

    /** Closes the files; those that are not finished are removed. */
    @Override
    public void close() throws IOException {
        for (ShardFile file : files.values()) {
            file.close();
        }
    }

    private Shard owner(String tensor) {
        Shard shard = owners.get(tensor);
        if (shard == null) {
            throw new IllegalArgumentException("no tensor " + tensor + " in this output");
        }
        return shard;
    }

    private ShardFile file(Shard shard) {
        ShardFile file = files.get(shard);
        if (file == null) {
            throw new IllegalArgumentException("no shard " + shard.file() + " in this output");
        }
        return file;
    }
}
