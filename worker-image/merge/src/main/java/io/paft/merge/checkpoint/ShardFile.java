package io.paft.merge.checkpoint;

import io.paft.merge.checkpoint.ShardLayout.Shard;
import io.paft.merge.files.FileEntry;
import io.paft.merge.files.FileTree;
import io.paft.merge.files.NamedWrites;
import io.paft.merge.safetensors.HeaderWriter;
import io.paft.merge.safetensors.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One file of weights while it is written: under a temporary name until its last tensor is complete. */
final class ShardFile {
    /** What the name of an unfinished file ends with. */
    static final String UNFINISHED = ".tmp";

    private final Shard shard;
    private final Path target;
    private final byte[] header;
    private final List<TensorInfo> placed;
    private final Map<String, Long> positions = new HashMap<>();
    private final Set<String> complete = new HashSet<>();
    /** Number of tensors that are complete from the first on. */
    private int leading;

    private @Nullable FileChannel channel;
    private @Nullable TrailingDigest digest;
    private boolean sealed;

    ShardFile(Path directory, Shard shard) {
        this.shard = shard;
        this.target = directory.resolve(shard.file());
        this.placed = HeaderWriter.layout(shard.tensors());
        this.header = HeaderWriter.header(placed);
        placed.forEach(info -> positions.put(info.name(), header.length + info.begin()));
    }

    /** What is in it. */
    Shard shard() {
        return shard;
    }

    /** Writes a part of a tensor; {@code offset} is in bytes from the tensor's start. */
    void write(String tensor, long offset, ByteBuffer bytes) throws IOException {
        Long position = positions.get(tensor);
        if (position == null) {
            throw new IllegalArgumentException("no tensor " + tensor + " in " + target);
        }
        try {
            writeFully(open(), bytes, position + offset);
        } catch (IOException e) {
            throw NamedWrites.named(unfinished(), e);
        }
    }

    /** Notes that one more tensor is complete; true when that was the last. */
    synchronized boolean complete(String tensor) throws IOException {
        complete.add(tensor);
        int before = leading;
        while (leading < placed.size() && complete.contains(placed.get(leading).name())) {
            leading++;
        }
        if (leading > before) {
            digest().advance(header.length + placed.get(leading - 1).end());
        }
        return leading == placed.size();
    }

    /** Makes the file durable and gives it its name. */
    FileEntry seal() throws IOException {
        Path unfinished = unfinished();
        String sha256;
        try (FileChannel open = open()) {
            sha256 = digest().finish();
            open.force(true);
        } catch (IOException e) {
            throw NamedWrites.named(unfinished(), e);
        }
        FileEntry entry = new FileEntry(String.valueOf(target.getFileName()), Files.size(unfinished), sha256);
        FileTree.rename(unfinished, target);
        sealed = true;
        return entry;
    }

    /** Closes the file, and removes it when it was not sealed. */
    synchronized void close() throws IOException {
        if (digest != null) {
            digest.close();
        }
        if (channel != null && !sealed) {
            channel.close();
            Files.deleteIfExists(unfinished());
        }
    }

    /** Opened at the first write, so that the files of a large model are not all open at once. */
    private synchronized FileChannel open() throws IOException {
        if (channel == null) {
            channel = FileChannel.open(
                    unfinished(),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            writeFully(channel, ByteBuffer.wrap(header), 0);
        }
        return channel;
    }

    private synchronized TrailingDigest digest() throws IOException {
        if (digest == null) {
            digest = new TrailingDigest(open());
            digest.advance(header.length);
        }
        return digest;
    }

    private Path unfinished() {
        return target.resolveSibling(target.getFileName() + UNFINISHED);
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes, long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }
}
