package io.paft.merge.checkpoint;

import io.paft.merge.files.Hashes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Digests a file and brings it to the disk while it is written, on a thread of its own: behind what is complete from the
 * start of the file. So a merge does not wait for both at its end.
 */
final class TrailingDigest implements AutoCloseable {
    private static final int BUFFER = 1 << 20;
    private static final long FORCE = 256L << 20;

    private final FileChannel channel;
    private final MessageDigest digest = Hashes.digest();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Thread thread;
    private long complete;
    private boolean last;
    private boolean stopped;
    private @Nullable IOException failure;

    /** Begins; the channel can be read and stays the caller's. */
    TrailingDigest(FileChannel channel) {
        this.channel = channel;
        this.thread = Thread.ofPlatform().daemon().name("digest").start(this::follow);
    }

    /** The bytes before this position will not change again. */
    void advance(long position) {
        signal(() -> complete = Math.max(complete, position));
    }

    /**
     * After the last {@link #advance}: waits for the rest.
     *
     * @return the sha256 of everything complete, in hex
     * @throws IOException when it cannot be read or brought to the disk
     */
    String finish() throws IOException {
        signal(() -> last = true);
        join();
        if (failure != null) {
            throw failure;
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Ends the thread, whatever is left to do. */
    @Override
    public void close() {
        signal(() -> stopped = true);
        join();
    }

    private void signal(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void join() {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void follow() {
        try {
            ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
            long forced = 0;
            long position = 0;
            for (long end = await(position); end > position; end = await(position)) {
                buffer.clear().limit((int) Math.min(BUFFER, end - position));
                int count = channel.read(buffer, position);
                if (count <= 0) {
                    throw new IOException("the file became shorter while it was written");
                }
                digest.update(buffer.flip());
                position += count;
                if (position - forced >= FORCE) {
                    channel.force(false);
                    forced = position;
                }
            }
        } catch (IOException e) {
            failure = e;
        }
    }

    /** Waits for more than the position to be complete; the same position at the end. */
    private long await(long position) {
        lock.lock();
        try {
            while (complete == position && !last && !stopped) {
                changed.awaitUninterruptibly();
            }
            return stopped ? position : complete;
        } finally {
            lock.unlock();
        }
    }
}
