package io.paft.merge.safetensors;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.files.FileState;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A safetensors file, checked and mapped into memory read-only; of any size and any alignment of its data.
 *
 * <p>Reading its segments is thread-safe. They become invalid when the arena closes.
 */
public final class SafetensorsFile {
    private final Header header;
    private final MemorySegment data;
    private final FileState state;

    private SafetensorsFile(Header header, MemorySegment data, FileState state) {
        this.header = header;
        this.data = data;
        this.state = state;
    }

    /**
     * Opens a file.
     *
     * @param path the file
     * @param display what to call it in messages
     * @param arena how long its map lives
     * @throws MergeException ModelInvalid with file, offset and reason, when it is not a well-formed safetensors file;
     *     ModelNotFound when it cannot be opened
     */
    public static SafetensorsFile open(Path path, String display, Arena arena) {
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new MergeException(Reason.ModelInvalid, display + ", offset 0: not a regular file.");
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            // Before anything is read: what is written to the file from now on shows.
            FileState state = FileState.of(path);
            long size = channel.size();
            HeaderReader reader = new HeaderReader(display, size);
            if (size < HeaderReader.PREFIX) {
                throw reader.invalid(0, "the file has only " + size + " bytes: it is truncated");
            }
            ByteBuffer prefix = ByteBuffer.allocate(HeaderReader.PREFIX).order(ByteOrder.LITTLE_ENDIAN);
            readFully(channel, prefix, 0, reader);
            ByteBuffer json = ByteBuffer.allocate(reader.checkLength(prefix.getLong(0)));
            readFully(channel, json, HeaderReader.PREFIX, reader);
            Header header = reader.parse(json.array());
            long bytes = size - header.dataStart();
            MemorySegment data = bytes == 0
                    ? MemorySegment.NULL
                    : channel.map(MapMode.READ_ONLY, 0, size, arena).asSlice(header.dataStart(), bytes);
            return new SafetensorsFile(header, data, state);
        } catch (AccessDeniedException e) {
            throw new MergeException(Reason.ModelNotFound, display + " cannot be read by this user.", e);
        } catch (IOException e) {
            throw new MergeException(Reason.ModelNotFound, display + " cannot be opened: " + e.getMessage() + ".", e);
        }
    }

    /** The checked header. */
    public Header header() {
        return header;
    }

    /** What the file looked like before it was read. */
    public FileState state() {
        return state;
    }

    /** The bytes of a tensor of this file; elements are little-endian and may be unaligned. */
    public MemorySegment segment(TensorInfo info) {
        return data.asSlice(info.begin(), info.bytes(), ValueLayout.JAVA_BYTE.byteAlignment());
    }

    private static void readFully(FileChannel channel, ByteBuffer buffer, long position, HeaderReader reader)
            throws IOException {
        long at = position;
        while (buffer.hasRemaining()) {
            int count = channel.read(buffer, at);
            if (count < 0) {
                throw reader.invalid(at, "the file ends here: it became shorter while it was read");
            }
            at += count;
        }
    }
}
