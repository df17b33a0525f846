package io.paft.operator.progress;

import io.paft.operator.plan.Progress;
import io.paft.operator.plan.Silence;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Remembers what pods said last, and when it is time to write that into a pipeline's status. Forgotten when the operator ends. */
public final class ProgressBook {

    /** A pipeline's status is not written more often than this for progress alone. */
    public static final Duration PACE = Duration.ofSeconds(10);

    /** The operator says at least this often that it listens; a longer gap is one in which it could hear nobody. */
    public static final Duration BEAT = Duration.ofSeconds(5);

    private static final Duration GAP = Duration.ofSeconds(30);

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
        private final Map<String, Instant> moved = new HashMap<>();
        private Instant written = Instant.MIN;
        private @Nullable Instant missed;
        private long heard;
        private long told;
    }

    /**
     * What is known of a pipeline at one moment.
     *
     * @param pods what each pod said last, by its uid
     * @param due whether it may be written for its own sake
     * @param silence how long pods have stood still
     * @param heard counts what was said, so that what is said meanwhile is not taken for written
     */
    public record Snapshot(Map<String, Progress> pods, boolean due, Silence silence, long heard) {}

    private @Nullable Instant listeningSince;
    private @Nullable Instant lastBeat;

    /**
     * Notes that the endpoint is there to be spoken to. After a gap, such as that of a process that was stopped, or of a clock that
     * was set, what was not heard before says nothing.
     */
    public synchronized void listening(Instant now) {
        if (!listensAt(now)) {
            listeningSince = now;
        }
        lastBeat = now;
    }

    /** Notes that a post for a pipeline could not be taken for reasons of our own: until now its pods may have said anything. */
    public synchronized void missed(String pipelineUid, Instant now) {
        pages.computeIfAbsent(pipelineUid, uid -> new Page()).missed = now;
    }

    private boolean listensAt(Instant now) {
        return lastBeat != null
                && !now.isBefore(lastBeat)
                && Duration.between(lastBeat, now).compareTo(GAP) <= 0;
    }

    /**
     * Notes what a pod says.
     *
     * @return whether nothing was waiting to be written before, so that somebody should come and look
     */
    public synchronized boolean note(String pipelineUid, String podUid, Progress progress) {
        Page page = pages.computeIfAbsent(pipelineUid, uid -> new Page());
        boolean quiet = page.heard == page.told;
        Progress before = page.pods.put(podUid, progress);
        if (before == null || !progress.sameWork(before)) {
            page.moved.put(podUid, progress.at());
        }
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
            return new Snapshot(Map.of(), false, silence(Map.of(), null, now), 0);
        }
        page.pods.keySet().retainAll(podUids);
        page.moved.keySet().retainAll(podUids);
        return new Snapshot(
                Map.copyOf(page.pods),
                !now.isBefore(next(page, now)),
                silence(page.moved, page.missed, now),
                page.heard);
    }

    private Silence silence(Map<String, Instant> moved, @Nullable Instant missed, Instant now) {
        Instant since = listensAt(now) ? listeningSince : null;
        return new Silence(moved, since != null && missed != null && missed.isAfter(since) ? missed : since);
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
