package io.paft.merge.stage;

import io.paft.merge.engine.MergePlan;
import io.paft.merge.engine.Progress;
import io.paft.merge.engine.SilentProgress;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells the operator how far a merge is, every few seconds, from a thread of its own: the merge only counts. What cannot be sent is
 * dropped; a merge never waits for it and never fails by it.
 */
public final class ProgressPoster implements Progress {
    private static final Duration PACE = Duration.ofSeconds(5);
    /** That everything is done is for the Job to say. */
    private static final int MOST = 99;

    private final LongAdder written = new LongAdder();
    private final LongAdder kept = new LongAdder();
    private final LongAdder finished = new LongAdder();
    private final LongAdder scanned = new LongAdder();
    /** Elements to read before the merge begins; nobody knows of any before the first of them. */
    private volatile long toScan;

    private final Size size;
    private final long start = System.nanoTime();

    private ProgressPoster(Size size) {
        this.size = size;
    }

    /**
     * How much there is to write.
     *
     * @param bytes of tensors
     * @param elements in them
     */
    record Size(long bytes, long elements, int tensors) {}

    /**
     * Starts to tell of a merge, where the environment says whom.
     *
     * @param environment of the process
     * @param log hears once when it does not work
     */
    public static Progress of(MergePlan plan, Map<String, String> environment, Consumer<String> log) {
        Size size = new Size(plan.bytes(), plan.elements(), plan.tensors().size());
        return of(size, environment, PACE, log);
    }

    static Progress of(Size size, Map<String, String> environment, Duration pace, Consumer<String> log) {
        Optional<ProgressClient> client;
        try {
            client = ProgressClient.of(environment);
        } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
            log.accept("progress is not told to the operator: " + e);
            return SilentProgress.NONE;
        }
        if (client.isEmpty()) {
            return SilentProgress.NONE;
        }
        ProgressPoster poster = new ProgressPoster(size);
        Thread.ofPlatform().daemon().name("progress").start(() -> poster.post(client.get(), pace, log));
        return poster;
    }

    @Override
    public void kept(int keptTensors, long bytesBefore) {
        finished.add(keptTensors);
        kept.add(bytesBefore);
    }

    @Override
    public void scanned(long elements, long total) {
        toScan = total;
        scanned.add(elements);
    }

    @Override
    public void bytes(long count) {
        written.add(count);
    }

    @Override
    public void tensor() {
        finished.increment();
    }

    private void post(ProgressClient client, Duration pace, Consumer<String> log) {
        ProgressClient.@Nullable Report sent = null;
        boolean told = false;
        try {
            while (true) {
                ProgressClient.Report now = report(System.nanoTime());
                if (sent == null || now.work() != sent.work() || now.tensors() != sent.tensors()) {
                    try {
                        client.send(now);
                        sent = now;
                    } catch (IOException e) {
                        if (!told) {
                            log.accept("progress does not reach the operator (" + e + "); the merge goes on");
                            told = true;
                        }
                    }
                }
                Thread.sleep(pace);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private ProgressClient.Report report(long now) {
        // Once each: the numbers of a report belong together.
        long before = toScan;
        long read = scanned.sum();
        long out = written.sum();
        // An element that is read to find a threshold counts as much as one that is merged.
        double merging = before == 0 ? 1 : (double) size.elements / (before + size.elements);
        double scanning = before == 0 ? 0 : (1 - merging) * Math.min(1, (double) read / before);
        double own = scanning + merging * share(out);
        double done = Math.min(1, own + merging * share(kept.sum()));
        double seconds = (now - start) / 1e9;
        // By the rate of this attempt: what was kept cost it nothing.
        @Nullable Long left = own == 0 ? null : (long) Math.ceil(seconds * (1 - done) / own);
        return new ProgressClient.Report(
                Math.min(MOST, (int) (100 * done)),
                left,
                Math.min(finished.sum(), size.tensors),
                size.tensors,
                read + out);
    }

    private double share(long part) {
        return size.bytes == 0 ? 0 : Math.min(1, (double) part / size.bytes);
    }
}
