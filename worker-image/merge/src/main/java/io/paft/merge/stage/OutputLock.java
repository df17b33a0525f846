package io.paft.merge.stage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The lock on an output: a POSIX record lock on the whole file, the same that Python's {@code lockf} takes. The file is
 * created and never deleted: a deleted one could be locked by two.
 */
final class OutputLock implements AutoCloseable {
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
    static OutputLock take(Path file, Runnable waiting) throws IOException {
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

    /** Closing the file gives the lock up. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
