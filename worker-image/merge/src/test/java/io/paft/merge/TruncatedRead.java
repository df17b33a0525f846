package io.paft.merge;

import io.paft.merge.checkpoint.Checkpoint;
import io.paft.merge.checkpoint.Weights.Stored;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Reads a mapped checkpoint until the compilers have done their work, cuts its file, and reads on: what a merge sees when
 * somebody overwrites its input. A process of its own, because the wrong answer ends the process.
 */
public final class TruncatedRead {
    private static final int COUNT = 1 << 13;
    private static final int ROUNDS = 8_000;

    private TruncatedRead() {}

    /** How a tensor is read. */
    private interface Read {
        void at(long tile);
    }

    /** Arguments: the directory of a checkpoint with one large tensor {@code w}, and read or copy. */
    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        try (Arena arena = Arena.ofShared()) {
            Stored stored = Checkpoint.open(directory, "m", arena).find("w");
            if (stored == null) {
                throw new IllegalStateException();
            }
            Read read = read(stored, arguments[1]);
            for (int round = 0; round < ROUNDS; round++) {
                read.at(round % 4);
            }
            try (RandomAccessFile file =
                    new RandomAccessFile(directory.resolve("model.safetensors").toFile(), "rw")) {
                file.setLength(file.length() / 2);
            }
            System.out.println("vectors: "
                    + ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent());
            try {
                long last = stored.shape().elements() / COUNT - 1;
                for (long tile = 0; tile <= last; tile++) {
                    read.at(tile);
                }
                System.out.println("nothing was noticed");
            } catch (InternalError e) {
                System.out.println("noticed: " + Failures.mapFault(e, "w").sentence());
            }
        }
    }

    private static Read read(Stored stored, String how) {
        long bytes = (long) COUNT * stored.dtype().bytes();
        float[] values = new float[COUNT];
        byte[] copy = new byte[Math.toIntExact(bytes)];
        return switch (how) {
            case "read" -> tile -> stored.read(tile * COUNT, COUNT, values);
            case "copy" ->
                tile -> MemorySegment.copy(stored.data(), tile * bytes, MemorySegment.ofArray(copy), 0, copy.length);
            default -> throw new IllegalArgumentException(how);
        };
    }
}
