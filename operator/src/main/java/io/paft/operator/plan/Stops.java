package io.paft.operator.plan;

import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.plan.Observation.Hold;
import io.paft.operator.plan.Observation.JobState;
import io.paft.operator.plan.Observation.ObservedJob;
import io.paft.operator.plan.Observation.ObservedPod;
import io.paft.operator.status.Pause;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Pods that the operator stops itself, or that end with their Job: then the pod's own words are not the reason. */
final class Stops {

    private static final String SUSPENDED = "Suspended";

    private final @Nullable StageStatus known;
    private final @Nullable ObservedJob job;

    Stops(@Nullable StageStatus known, @Nullable ObservedJob job) {
        this.known = known;
        this.job = job;
    }

    /** When the attempt started that ran when the status was written; null when none did. */
    @Nullable
    String ran() {
        boolean live = known != null
                && (known.state() == StageState.Running
                        || (known.state() == StageState.Pending && StallWatch.NO_PROGRESS.equals(known.reason())));
        return live ? Objects.requireNonNull(known).startTime() : null;
    }

    /**
     * Why the operator stopped the attempt that started then, if it did.
     *
     * @param exitCode of its pod, or null when that is not known
     */
    Optional<Failure> of(@Nullable String start, @Nullable Integer exitCode) {
        if (known != null
                && start != null
                && StallWatch.NO_PROGRESS.equals(known.reason())
                && start.equals(known.startTime())
                // It had found out by itself, just before.
                && !ExitCodes.ownWords(exitCode)) {
            return Optional.of(new Failure(
                    StallWatch.NO_PROGRESS, Objects.requireNonNullElse(known.message(), "its pod stood still")));
        }
        boolean suspending = known != null
                && Pause.SUSPENDING.equals(known.reason())
                // It failed before anybody could suspend it.
                && (job == null || job.state() != JobState.FAILED);
        boolean held = (job != null && job.hold() != Hold.NONE) || suspending;
        return held && bySignal(exitCode)
                ? Optional.of(new Failure(SUSPENDED, "its Job was suspended while it ran"))
                : Optional.empty();
    }

    /** The deadline of its Job, where that stopped it: the pod that was there last, and it did not end by itself. */
    Optional<Failure> byDeadline(ObservedPod.Ended pod) {
        boolean late = job != null
                && "DeadlineExceeded".equals(job.failureReason())
                && pod.equals(job.pods().getLast())
                && bySignal(pod.exitCode());
        return late
                ? Optional.of(new Failure("DeadlineExceeded", "the stage's deadline was over while it ran"))
                : Optional.empty();
    }

    /** Whether a pod ended because somebody stopped it; null where nobody knows how it ended. */
    static boolean bySignal(@Nullable Integer exitCode) {
        return exitCode == null || exitCode == 143 || exitCode == 137;
    }

    /** Whether its Job counts it. What a Job that is being deleted counts is no matter: its successor begins at nothing. */
    boolean counts(Failure why) {
        return job != null && !job.deleting() && !SUSPENDED.equals(why.reason());
    }
}
