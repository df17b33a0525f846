package io.paft.operator.plan;

import static io.paft.api.v1alpha1.StageState.Failed;
import static io.paft.api.v1alpha1.StageState.Pending;

import io.paft.api.v1alpha1.StageProgress;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.plan.Observation.ObservedJob;
import io.paft.operator.plan.Observation.ObservedPod;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Stops a pod that runs and stands still, so that the next attempt goes on from what it saved. It needs a pod that has reported, and
 * an operator that has listened since: silence that nobody could have broken is no sign of anything.
 */
final class StallWatch {

    static final String NO_PROGRESS = "NoProgress";

    private final @Nullable Duration timeout;
    private final StageStatusBuilder builder;
    private final @Nullable StageStatus stopping;

    /** @param known what is recorded of the stage */
    StallWatch(@Nullable Duration timeout, StageStatusBuilder builder, @Nullable StageStatus known) {
        this.timeout = timeout;
        this.builder = builder;
        this.stopping = known != null && known.state() == Pending && NO_PROGRESS.equals(known.reason()) ? known : null;
    }

    /** Of a stage that has failed: that it stood still, where that used up its attempts. */
    StageDecision reason(ObservedJob job, StageDecision decision, Remedy remedy) {
        boolean usedUp = decision.status().state() == Failed && "BackoffLimitExceeded".equals(job.failureReason());
        return usedUp && stopping != null && !endedOtherwise(job, stopping)
                ? decision.with(
                        builder.failed(job, NO_PROGRESS, remedy.ofJob(stopping.message() + "; no attempt is left")))
                : decision;
    }

    /** Whether its last pod is another one, of which nobody knew, or knew by itself why it ended: that is the reason then. */
    private static boolean endedOtherwise(ObservedJob job, StageStatus stopping) {
        return !job.pods().isEmpty()
                && job.pods().getLast() instanceof ObservedPod.Ended last
                && (Times.after(last.startTime(), stopping.startTime()) || ExitCodes.ownWords(last.exitCode()));
    }

    StageDecision check(ObservedJob job, StageDecision decision, Silence silence, Instant now, Alarm alarm) {
        if (!job.goesOn() || job.pods().isEmpty()) {
            return decision;
        }
        return switch (job.pods().getLast()) {
            case ObservedPod.Running running -> running(job, running, decision, silence, now, alarm);
            case ObservedPod.Ended ended -> ended(job, ended, decision);
            case ObservedPod.Waiting _ -> decision;
        };
    }

    private StageDecision running(
            ObservedJob job,
            ObservedPod.Running running,
            StageDecision decision,
            Silence silence,
            Instant now,
            Alarm alarm) {
        StageStatus status = decision.status();
        if (running.pod().deleting() || silence.stopped().contains(running.pod().uid())) {
            return isStopping(running.startTime()) ? decision.with(told(job, running.startTime(), status)) : decision;
        }
        if (timeout == null) {
            return decision;
        }
        boolean reported = running.progress() != null || status.progress() != null || isStopping(running.startTime());
        if (reported && silence.listeningSince() == null) {
            // The operator has just started: it will listen by then.
            alarm.at(now.plus(timeout));
        }
        Instant since = silence.since(running.pod().uid(), reported).orElse(null);
        if (since == null) {
            return decision;
        }
        Instant due = since.plus(timeout);
        if (now.isBefore(due)) {
            alarm.at(due);
            return decision;
        }
        return decision.with(
                told(job, running.startTime(), status),
                new Action.DeletePod(running.pod().name(), running.pod().uid()));
    }

    /**
     * The pod that was stopped; what it says itself, such as that it was killed, is not the reason. Unless it had ended just before:
     * no signal makes a pod say that its data is bad or its workspace full.
     */
    private StageDecision ended(ObservedJob job, ObservedPod.Ended ended, StageDecision decision) {
        boolean ours = isStopping(ended.startTime())
                && decision.status().state() == Pending
                && !ExitCodes.ownWords(ended.exitCode());
        return ours ? decision.with(told(job, ended.startTime(), decision.status())) : decision;
    }

    private boolean isStopping(@Nullable String startTime) {
        return stopping != null && Objects.equals(stopping.startTime(), startTime);
    }

    private StageStatus told(ObservedJob job, @Nullable String startTime, StageStatus status) {
        String earlier = stopping != null && isStopping(startTime) ? stopping.message() : null;
        String message = earlier != null
                ? earlier
                : "no step for %s%s: its pod is stopped, which counts as an attempt"
                        .formatted(timeout == null ? "long" : Deadline.text(timeout), at(status.progress()));
        return builder.active(job, Pending, NO_PROGRESS, message, startTime);
    }

    private static String at(@Nullable StageProgress progress) {
        if (progress == null || progress.step() == null) {
            return "";
        }
        return progress.totalSteps() == null
                ? " (at step %d)".formatted(progress.step())
                : " (at step %d of %d)".formatted(progress.step(), progress.totalSteps());
    }
}
