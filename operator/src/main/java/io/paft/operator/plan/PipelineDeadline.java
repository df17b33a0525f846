package io.paft.operator.plan;

import static io.paft.api.v1alpha1.StageState.Failed;

import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.plan.Observation.JobState;
import io.paft.operator.plan.Observation.ObservedJob;
import io.paft.operator.status.Pause;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The time that a pipeline has. A run begins with status.startTime and is over when nothing is left to do; what was suspended does
 * not count. Work that comes up afterwards, by an edit, is a new run with all of the time.
 */
public final class PipelineDeadline {

    static final String EXCEEDED = "PipelineDeadlineExceeded";

    private final @Nullable Duration limit;
    private final @Nullable Instant end;
    private final boolean over;
    private final boolean forgiven;
    private final Instant now;

    private PipelineDeadline(
            @Nullable Duration limit, @Nullable Instant end, boolean over, boolean forgiven, Instant now) {
        this.limit = limit;
        this.end = end;
        this.over = over;
        this.forgiven = forgiven;
        this.now = now.truncatedTo(ChronoUnit.SECONDS);
    }

    /**
     * The deadline of a pipeline as it stands.
     *
     * @throws InvalidSpecException when it is no duration
     */
    static PipelineDeadline of(
            PaftPipeline pipeline, List<Stage> stages, Map<String, StageStatus> recorded, Instant now) {
        Duration limit = Deadline.parse(pipeline.getSpec().deadline());
        PaftPipelineStatus status = pipeline.getStatus();
        boolean suspend = Boolean.TRUE.equals(pipeline.getSpec().suspend());
        if (status == null || status.startTime() == null) {
            return new PipelineDeadline(limit, limit == null ? null : now.plus(limit), false, true, now);
        }
        Instant start = Instant.parse(status.startTime());
        if (status.completionTime() != null) {
            Duration took = Duration.between(start, Instant.parse(status.completionTime()))
                    .minus(Pause.time(status, now));
            boolean enough = limit == null || took.compareTo(limit) < 0;
            boolean newWork = stages.stream().anyMatch(stage -> stage.recordedIn(recorded) == null);
            return new PipelineDeadline(limit, limit == null ? null : now.plus(limit), false, enough || newWork, now);
        }
        Instant end = limit == null ? null : start.plus(Pause.time(status, now)).plus(limit);
        boolean over = end != null && !suspend && !now.isBefore(end);
        return new PipelineDeadline(limit, suspend ? null : end, over, !over, now);
    }

    /** Whether the run's time is over, so that nothing goes on. */
    boolean over() {
        return over;
    }

    /** When it will be; null when it is, or never will be. */
    @Nullable
    Instant end() {
        return over ? null : end;
    }

    /** What is recorded of a stage; nothing, where a deadline stopped it that no longer holds: then it goes on. */
    @Nullable
    StageStatus recall(@Nullable StageStatus recorded) {
        return recorded != null && stopped(recorded) && forgiven ? null : recorded;
    }

    /** Whether a stage is one that a pipeline's deadline stopped. */
    public static boolean stopped(StageStatus status) {
        return status.state() == Failed && EXCEEDED.equals(status.reason());
    }

    /** Stops what a status calls stopped and still runs: the operator was interrupted in between. */
    static StageDecision stopAgain(@Nullable ObservedJob job, StageDecision decision) {
        return job != null && job.goesOn() && stopped(decision.status())
                ? decision.with(decision.status(), new Action.DeleteJob(job.name(), job.uid()))
                : decision;
    }

    /** Stops a stage that is not through, unless it waits for one that is stopped. */
    StageDecision stop(StageStatusBuilder builder, @Nullable ObservedJob job, StageDecision decision, Alarm alarm) {
        if (job == null && !decision.creates() && !SharedStage.waits(decision.status())) {
            return decision;
        }
        if (job != null && isDone(job)) {
            alarm.at(now.plusSeconds(5));
            return decision;
        }
        String message = ("the pipeline's deadline of %s was over; a longer `spec.deadline`, or none, lets it go on,"
                        + " and what is finished stays")
                .formatted(limit == null ? "" : Deadline.text(limit));
        StageStatus failed =
                builder.stopped(job, EXCEEDED, message, decision.status().startTime(), now);
        return job == null || job.deleting()
                ? StageDecision.of(failed)
                : StageDecision.of(failed, new Action.DeleteJob(job.name(), job.uid()));
    }

    /** Whether a stage is through, and only the Job controller has not counted its pod, or the pod's own word is on its way. */
    private static boolean isDone(ObservedJob job) {
        return job.state() == JobState.COMPLETE ? StagePlanner.endIsOnItsWay(job) : job.goesOn() && job.endedWell();
    }
}
