package io.paft.merge.engine;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Collects encoded elements of one range of a tensor, in order, and writes them many tiles at a time: a write has a price of
 * its own, and files take one at a time.
 */
final class RangeWriter {
    private final String tensor;
    private final MemorySegment buffer;
    private final Sink sink;
    private long position;
    private long filled;

    /**
     * Nothing yet.
     *
     * @param buffer at least as long as a tile's encoded elements
     */
    RangeWriter(String tensor, MemorySegment buffer, Sink sink) {
        this.tensor = tensor;
        this.buffer = buffer;
        this.sink = sink;
    }

    /**
     * Room for the next bytes, which count as there; what does not fit beside them is written before.
     *
     * @param start of these bytes in the tensor; where the last ones ended, unless these are the first
     * @throws IOException when the output cannot be written
     */
    MemorySegment room(long start, long bytes) throws IOException {
        if (filled + bytes > buffer.byteSize()) {
            flush();
        }
        if (filled == 0) {
            position = start;
        }
        MemorySegment room = buffer.asSlice(filled, bytes);
        filled += bytes;
        return room;
    }

    /** Writes what is left. */
    void flush() throws IOException {
        if (filled > 0) {
            sink.write(tensor, position, buffer.asSlice(0, filled));
            filled = 0;
        }
    }
}
