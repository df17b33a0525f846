package io.paft.merge.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * The lock on an output: a POSIX record lock on the whole file, the same that Python's {@code lockf} takes. The file is
 * created and never deleted: a deleted one could be locked by two.
 */
public final class OutputLock implements AutoCloseable {
    private final FileChannel channel;

    private OutputLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes the lock, waiting for it while another process holds it.
     *
     * @param file created when it is not there
     * @param waiting run once before waiting
     * @throws IOException when the file cannot be opened or locked
     */
    public static OutputLock take(Path file, Runnable waiting) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock == null) {
                waiting.run();
                channel.lock();
            }
            return new OutputLock(channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Takes the lock if nobody holds it, neither another process nor another thread of this one.
     *
     * @param file created when it is not there
     * @throws IOException when the file cannot be opened or locked
     */
    public static Optional<OutputLock> tryTake(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return Optional.of(new OutputLock(channel));
            }
        } catch (OverlappingFileLockException e) {
            channel.close();
            return Optional.empty();
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
        channel.close();
        return Optional.empty();
    }

    /** Closing the file gives the lock up. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
