package io.paft.operator.plan;

import io.paft.api.v1alpha1.LostAttempt;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.plan.Observation.Disruption;
import io.paft.operator.plan.Observation.JobState;
import io.paft.operator.plan.Observation.ObservedJob;
import io.paft.operator.plan.Observation.ObservedPod;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The attempts of one stage: what its status tells of them already, and what is observed now.
 *
 * <p>An evicted pod is gone a moment after it ended, so an attempt is told as soon as it is certain to end, and also when it is
 * only found missing.
 */
final class Attempts {

    private final AttemptLedger ledger;
    private final @Nullable StageStatus known;
    private final @Nullable ObservedJob job;
    private final List<ObservedPod> pods;
    private final Stops told;
    private final String now;

    private Attempts(@Nullable StageStatus known, @Nullable ObservedJob job, Instant now) {
        this.ledger = new AttemptLedger(known);
        this.known = known;
        this.job = job;
        this.pods = job == null ? List.of() : job.pods();
        this.told = new Stops(known, job);
        this.now = now.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /**
     * What is known of a stage's attempts now.
     *
     * @param known the recorded status of the stage with this key, if any
     * @param orphans pods of this key whose Job is gone
     * @param now stands for the end of an attempt that is found missing
     */
    static Attempts of(@Nullable StageStatus known, @Nullable ObservedJob job, List<ObservedPod> orphans, Instant now) {
        var attempts = new Attempts(known, job, now);
        List<ObservedPod> ours = orphans.stream().filter(attempts::isOurs).toList();
        ours.forEach(attempts::tellOrphan);
        List<ObservedPod> all =
                Stream.concat(ours.stream(), attempts.pods.stream()).toList();
        // What is missing came before the pods that are there.
        attempts.endMissing(all);
        attempts.addMissing(all);
        attempts.pods.forEach(attempts::tell);
        attempts.closeGaps();
        return attempts;
    }

    /**
     * Whether nothing that is recorded of an ended stage still waits for its end. Only a deadline of the pipeline ends a stage
     * before its pods; of any other the last word is said.
     */
    boolean settled() {
        return known == null
                || !PipelineDeadline.stopped(known)
                || known.lost() == null
                || known.lost().stream().noneMatch(attempt -> attempt.endTime() == null);
    }

    /** The request that the stage was last tried again for; its Job carries the same. */
    @Nullable
    String retry() {
        return known == null ? null : known.retry();
    }

    /** The newest attempt that the present Job has lost. */
    @Nullable
    LostAttempt newest() {
        List<LostAttempt> lost = ledger.lost();
        return lost.isEmpty() || !ofThisJob(lost.getLast()) ? null : lost.getLast();
    }

    /** How many attempts of the present Job count against its retries. */
    int counted() {
        long seen = pods.stream()
                .filter(pod -> failed(pod) && !ledger.uncounted(pod.pod().name()))
                .count();
        return (int) Math.max(Math.max(toldOfThisJob(), seen), job == null ? 0 : job.failed());
    }

    /** How many attempts of the present Job that count are told. */
    private long toldOfThisJob() {
        return ledger.lost().stream()
                .filter(attempt -> attempt.counted() && ofThisJob(attempt))
                .count();
    }

    /** Puts everything that is known of the attempts into a status of the stage. */
    StageStatus into(StageStatus status) {
        if (PipelineDeadline.stopped(status)) {
            pods.forEach(this::tellOverdue);
        }
        long gpuSeconds = ledger.gpuSeconds();
        int live = 0;
        for (ObservedPod pod : pods) {
            if (!(pod instanceof ObservedPod.Ended ended)) {
                // Where the cache is behind, one that seems to run may have come before the last one that is told.
                boolean numbered = ledger.has(pod.pod().name()) || Times.after(ledger.lastStart(), start(pod));
                live += numbered ? 0 : 1;
            } else if (ended.succeeded()) {
                live++;
                gpuSeconds += Objects.requireNonNullElse(gpuSeconds(ended), 0L);
            }
        }
        // A pod that was told missing and is here has left its number; what its Job has counted is in the status'
        // number.
        int last = ledger.lastNumber() - Math.min(live, ledger.gaps());
        int told = known == null ? 0 : Objects.requireNonNullElse(known.attempts(), 0);
        int started = Math.max(status.attempts() == null ? last : Math.max(last + live, status.attempts()), told);
        return status.withAttempts(
                started == 0 ? null : started,
                absentIfZero(gpuSeconds),
                ledger.lost().isEmpty() ? null : ledger.lost(),
                absentIfZero(ledger.gpuSeconds()),
                retry());
    }

    private void tell(ObservedPod pod) {
        String name = pod.pod().name();
        switch (pod) {
            case ObservedPod.Waiting waiting ->
                ledger.foundWaiting(waiting.pod().created());
            case ObservedPod.Running running -> {
                Disruption disruption = running.disruption();
                if (disruption != null) {
                    put(Losses.stopping(running, new Failure(disruption.reason(), words(disruption)), now));
                } else if (job != null && job.deleting()) {
                    put(Losses.stopping(running, stopped(running, Losses.JOB_DELETED), now));
                } else {
                    ledger.found(running.startTime());
                }
            }
            case ObservedPod.Ended ended -> {
                if (ended.succeeded()) {
                    ledger.found(ended.startTime());
                    // It was to be stopped, and was done before that.
                    ledger.remove(name);
                } else {
                    put(ended(ended));
                }
            }
        }
    }

    private LostAttempt ended(ObservedPod.Ended pod) {
        Disruption disruption = pod.disruption();
        Failure failure = disruption == null
                ? told.of(pod.startTime(), pod.exitCode())
                        .or(() -> told.byDeadline(pod))
                        .orElseGet(() -> Failure.of(pod))
                : new Failure(disruption.reason(), words(disruption));
        return Losses.ended(pod, failure, disruption == null && told.counts(failure));
    }

    /** The pipeline's deadline stops it: its Job is deleted next, and its end read from the pod itself. */
    private void tellOverdue(ObservedPod pod) {
        if (pod instanceof ObservedPod.Running running) {
            put(Losses.stopping(running, stopped(running, Losses.OVERDUE), now));
        }
    }

    /** Why a pod is being stopped: what it is stopped for already, else what comes now. */
    private Failure stopped(ObservedPod.Running pod, Failure now) {
        return told.of(pod.startTime(), null).orElse(now);
    }

    /** An older pipeline of this name may have left pods too: only those that the status knows are this one's. */
    private boolean isOurs(ObservedPod pod) {
        String start = start(pod);
        return ledger.has(pod.pod().name()) || (start != null && start.equals(told.ran()));
    }

    private static @Nullable String start(ObservedPod pod) {
        return switch (pod) {
            case ObservedPod.Waiting waiting -> null;
            case ObservedPod.Running running -> running.startTime();
            case ObservedPod.Ended ended -> ended.startTime();
        };
    }

    /** A pod whose Job was deleted ends a while after it; no Job counts it. */
    private void tellOrphan(ObservedPod pod) {
        String name = pod.pod().name();
        switch (pod) {
            case ObservedPod.Waiting waiting -> {}
            case ObservedPod.Running running ->
                put(Losses.stopping(running, stopped(running, Losses.JOB_DELETED), now));
            case ObservedPod.Ended ended -> {
                if (ended.succeeded()) {
                    ledger.remove(name);
                } else {
                    Failure why = told.of(ended.startTime(), ended.exitCode())
                            .orElseGet(() -> Stops.bySignal(ended.exitCode()) ? Losses.JOB_DELETED : Failure.of(ended));
                    put(Losses.ended(ended, why, false));
                }
            }
        }
    }

    private static String words(Disruption disruption) {
        return Objects.requireNonNullElse(disruption.message(), "");
    }

    /** Attempts that were seen being stopped, and whose pods have gone. */
    private void endMissing(List<ObservedPod> there) {
        List<LostAttempt> lost = ledger.lost();
        for (int i = 0; i < lost.size(); i++) {
            LostAttempt attempt = lost.get(i);
            boolean gone = there.stream().noneMatch(pod -> pod.pod().name().equals(attempt.pod()));
            if (attempt.endTime() == null && gone) {
                String end = endOf(attempt.startTime());
                // Without its Job nobody can say any more how many GPUs it held: what was seen of it stands.
                Long held = job == null ? attempt.gpuSeconds() : gpuSeconds(attempt.startTime(), end);
                ledger.end(i, null, end, held);
            }
        }
    }

    /** An attempt that ran when the status was written, and that is nowhere now. */
    private void addMissing(List<ObservedPod> there) {
        String start = told.ran();
        if (start == null || there.stream().anyMatch(pod -> isOrPrecedes(pod, start))) {
            return;
        }
        if (job == null) {
            // Job and pod are gone, and with them how many GPUs it held: the spec may say something else by now.
            Failure why = told.of(start, null).orElse(Losses.JOB_DELETED);
            put(Losses.missing(why, start, now, null, false));
            return;
        }
        boolean last = next(start).isEmpty();
        if (last && job.state() == JobState.COMPLETE) {
            // That was the one that finished.
            return;
        }
        String end = endOf(start);
        // Why its Job was given up is told of the last one.
        String reason = last ? job.failureReason() : null;
        Failure why = told.of(start, null)
                .orElseGet(() -> new Failure(reason == null ? "PodDeleted" : reason, "its pod is gone"));
        put(Losses.missing(why, start, end, gpuSeconds(start, end), told.counts(why)));
    }

    /** Whether a pod is the one that started then, or one of before: then the cache is behind the status, and nothing is missing. */
    private static boolean isOrPrecedes(ObservedPod pod, String start) {
        return switch (pod) {
            case ObservedPod.Ended ended -> start.equals(ended.startTime());
            case ObservedPod.Running running ->
                start.equals(running.startTime()) || !Times.after(pod.pod().created(), start);
            case ObservedPod.Waiting waiting -> !Times.after(pod.pod().created(), start);
        };
    }

    /** The Job may have counted pods that nobody saw; most likely they came before. */
    private void put(LostAttempt attempt) {
        boolean newest = attempt.counted()
                && !pods.isEmpty()
                && pods.getLast().pod().name().equals(attempt.pod());
        ledger.put(attempt, newest && job != null ? job.failed() : 1);
    }

    /** Or they came later, and their news by the other watch: once all that the Job has counted are known, there is no gap. */
    private void closeGaps() {
        if (job != null && job.failed() <= toldOfThisJob()) {
            ledger.closeGaps(this::ofThisJob);
        }
    }

    /** When an attempt ended that nobody saw end: before the next one was made, since a Job never runs two at once. */
    private String endOf(@Nullable String start) {
        String given = job != null && job.state() == JobState.FAILED ? job.completionTime() : null;
        return next(start).orElse(given == null ? now : given);
    }

    /** When the pod was made that came next. */
    private Optional<String> next(@Nullable String start) {
        return pods.stream()
                .map(pod -> pod.pod().created())
                .filter(created -> Times.after(created, start))
                .findFirst();
    }

    private boolean ofThisJob(LostAttempt attempt) {
        return job != null
                && job.startTime() != null
                && attempt.startTime() != null
                && !Times.after(job.startTime(), attempt.startTime());
    }

    private static boolean failed(ObservedPod pod) {
        return pod instanceof ObservedPod.Ended ended && !ended.succeeded() && ended.disruption() == null;
    }

    private @Nullable Long gpuSeconds(@Nullable String start, @Nullable String end) {
        return job == null ? null : Times.gpuSeconds(job.gpus(), start, end);
    }

    private static @Nullable Long gpuSeconds(ObservedPod.Ended pod) {
        return Times.gpuSeconds(pod.gpus(), pod.startTime(), pod.endTime());
    }

    private static @Nullable Long absentIfZero(long seconds) {
        return seconds == 0 ? null : (Long) seconds;
    }
}
