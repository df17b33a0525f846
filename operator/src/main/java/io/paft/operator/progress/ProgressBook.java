package io.paft.operator.progress;

import io.paft.operator.plan.Progress;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Remembers what pods said last, and when it is time to write that into a pipeline's status. Forgotten when the operator ends. */
public final class ProgressBook {

    /** A pipeline's status is not written more often than this for progress alone. */
    public static final Duration PACE = Duration.ofSeconds(10);

    private static final int PIPELINES = 10_000;

    private final Map<String, Page> pages = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Page> eldest) {
            return size() > PIPELINES;
        }
    };

    private static final class Page {
        private final Map<String, Progress> pods = new HashMap<>();
        private Instant written = Instant.MIN;
        private long heard;
        private long told;
    }

    /**
     * What is known of a pipeline at one moment.
     *
     * @param pods what each pod said last, by its uid
     * @param due whether it may be written for its own sake
     * @param heard counts what was said, so that what is said meanwhile is not taken for written
     */
    public record Snapshot(Map<String, Progress> pods, boolean due, long heard) {}

    /**
     * Notes what a pod says.
     *
     * @return whether nothing was waiting to be written before, so that somebody should come and look
     */
    public synchronized boolean note(String pipelineUid, String podUid, Progress progress) {
        Page page = pages.computeIfAbsent(pipelineUid, uid -> new Page());
        boolean quiet = page.heard == page.told;
        page.pods.put(podUid, progress);
        page.heard++;
        return quiet;
    }

    /**
     * What is known now.
     *
     * @param podUids the pods that there are; what others said is forgotten
     */
    public synchronized Snapshot snapshot(String pipelineUid, Set<String> podUids, Instant now) {
        Page page = pages.get(pipelineUid);
        if (page == null) {
            return new Snapshot(Map.of(), false, 0);
        }
        page.pods.keySet().retainAll(podUids);
        return new Snapshot(Map.copyOf(page.pods), !now.isBefore(next(page, now)), page.heard);
    }

    /**
     * Notes that the status says what a snapshot said.
     *
     * @param written whether that took a write
     */
    public synchronized void told(String pipelineUid, Snapshot snapshot, boolean written, Instant now) {
        Page page = pages.get(pipelineUid);
        if (page != null) {
            page.told = Math.max(page.told, snapshot.heard());
            page.written = written ? now : page.written;
        }
    }

    /** How long what waits to be written has to wait still; empty when nothing does. */
    public synchronized Optional<Duration> wait(String pipelineUid, Instant now) {
        Page page = pages.get(pipelineUid);
        if (page == null || page.heard == page.told) {
            return Optional.empty();
        }
        Duration left = Duration.between(now, next(page, now));
        return Optional.of(left.isPositive() ? left : Duration.ofMillis(1));
    }

    private static Instant next(Page page, Instant now) {
        // A clock that was set back must not silence a pipeline for hours.
        return page.written.equals(Instant.MIN) || page.written.isAfter(now) ? now : page.written.plus(PACE);
    }
}
