package io.paft.merge.checkpoint;

import io.paft.merge.checkpoint.ShardLayout.Shard;
import io.paft.merge.files.FileEntry;
import io.paft.merge.files.FileTree;
import io.paft.merge.files.Hashes;
import io.paft.merge.safetensors.HeaderWriter;
import io.paft.merge.safetensors.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One file of weights while it is written: under a temporary name until its last tensor is complete. */
final class ShardFile {
    /** What the name of an unfinished file ends with. */
    static final String UNFINISHED = ".tmp";

    private final Path target;
    private final byte[] header;
    private final Map<String, Long> positions = new HashMap<>();
    private final AtomicInteger missing;
    private @Nullable FileChannel channel;
    private boolean sealed;

    ShardFile(Path directory, Shard shard) {
        this.target = directory.resolve(shard.file());
        List<TensorInfo> placed = HeaderWriter.layout(shard.tensors());
        this.header = HeaderWriter.header(placed);
        this.missing = new AtomicInteger(placed.size());
        placed.forEach(info -> positions.put(info.name(), header.length + info.begin()));
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
            throw named(e);
        }
    }

    /** Notes that one more tensor is complete; true when that was the last. */
    boolean complete() {
        return missing.decrementAndGet() == 0;
    }

    /** Makes the file durable and gives it its name. */
    FileEntry seal() throws IOException {
        Path unfinished = unfinished();
        try (FileChannel open = open()) {
            open.force(true);
        } catch (IOException e) {
            throw named(e);
        }
        FileEntry entry =
                new FileEntry(String.valueOf(target.getFileName()), Files.size(unfinished), Hashes.sha256(unfinished));
        FileTree.rename(unfinished, target);
        sealed = true;
        return entry;
    }

    /** Closes the file, and removes it when it was not sealed. */
    synchronized void close() throws IOException {
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
                    StandardOpenOption.WRITE);
            writeFully(channel, ByteBuffer.wrap(header), 0);
        }
        return channel;
    }

    /** What a channel throws does not say which file it is. */
    private IOException named(IOException error) {
        return error instanceof ClosedChannelException
                ? error
                : (IOException)
                        new FileSystemException(unfinished().toString(), null, error.getMessage()).initCause(error);
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
