package io.paft.operator.plan;

import static io.paft.api.v1alpha1.StageState.Pending;
import static io.paft.api.v1alpha1.StageState.Running;

import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.plan.Observation.Hold;
import io.paft.operator.plan.Observation.JobState;
import io.paft.operator.plan.Observation.ObservedJob;
import io.paft.operator.status.Pause;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Stops the Jobs of a pipeline that is suspended, and lets them go on afterwards. A Job that somebody else suspended, such as a queue,
 * is theirs to resume.
 */
final class Suspension {

    private static final String HELD =
            "stopped by spec.suspend; goes on from what it saved when spec.suspend is false again";
    private static final String STOPPING = "its pod is stopping; a training saves a checkpoint";
    private static final String OVER =
            "nothing of it runs any more; what became of it is read when the spec makes a pipeline again";
    private static final String NOT_STARTED = "spec.suspend is true; starts when it is false again";

    private Suspension() {}

    /** Of a pipeline that shall stop: what runs is stopped, what could start does not. */
    static StageDecision stop(StageStatusBuilder builder, @Nullable ObservedJob job, StageDecision decision) {
        if (job == null) {
            // What waits for other stages says so; only what would start now waits for this.
            return decision.creates() ? StageDecision.of(builder.of(Pending, Pause.SUSPENDED, NOT_STARTED)) : decision;
        }
        boolean makesRoom =
                job.state() == JobState.FAILED && !decision.actions().isEmpty();
        if (job.deleting() || makesRoom) {
            // Nothing starts from that: its successor is not there yet, and waits.
            return decision;
        }
        if (job.state() == JobState.COMPLETE) {
            return StageDecision.of(builder.of(
                    Pending, Pause.SUSPENDED, "finished; a pod reads its result when spec.suspend is false again"));
        }
        // One that has failed and whose pod is only not known to have ended needs nobody to stop it.
        List<Action> actions = job.state() == JobState.FAILED ? List.of() : actions(job);
        return new StageDecision(stopped(builder, job, decision.status()), actions, null);
    }

    private static StageStatus stopped(StageStatusBuilder builder, ObservedJob job, StageStatus status) {
        if (stands(job)) {
            return builder.active(job, Pending, Pause.SUSPENDED, HELD, status.startTime());
        }
        StageState state = status.state() == Running ? Running : Pending;
        return builder.active(job, state, Pause.SUSPENDING, STOPPING, status.startTime())
                .withProgress(status.progress());
    }

    /** Whether a Job stands still: its controller may be making a pod until it has seen that it shall not. */
    static boolean stands(ObservedJob job) {
        return !job.live() && job.hold() != Hold.NONE;
    }

    /** Whether a stage was being stopped. */
    static boolean stops(StageStatus status) {
        return Pause.SUSPENDING.equals(status.reason());
    }

    /** Of a stage that is only known by its status: its pod is stopping. */
    static StageStatus stopping(StageStatus known) {
        return known.in(known.state(), Pause.SUSPENDING, STOPPING).withProgress(known.progress());
    }

    /** Of a stage that is only known by its status: its Job stands still. */
    static StageStatus stopped(StageStatus known) {
        return known.in(Pending, Pause.SUSPENDED, HELD);
    }

    /** Of a stage that is only known by its status: no Job of it is at work. */
    static StageStatus over(StageStatus known) {
        return known.in(Pending, Pause.SUSPENDED, OVER);
    }

    /** What stops a Job that could go on. */
    static List<Action> actions(ObservedJob job) {
        if (job.queued()) {
            // A queue that has admitted a Job resumes it whenever it is suspended: it has to be queued anew.
            return List.of(new Action.DeleteJob(job.name(), job.uid()));
        }
        return job.hold() == Hold.NONE ? List.of(new Action.SuspendJob(job.name(), job.uid(), true)) : List.of();
    }

    /**
     * Of a pipeline that goes on: resumes the Job if it was we who suspended it, and if nobody else has or makes its result by now.
     */
    static StageDecision goOn(
            StageStatusBuilder builder, ObservedJob job, Siblings.Standing standing, StageDecision decision) {
        if (!job.goesOn()) {
            return decision;
        }
        return switch (job.hold()) {
            case NONE -> decision;
            case BY_US -> {
                if (!job.live() && elsewhere(standing)) {
                    // Without a Job it waits for theirs, or takes it from there.
                    yield decision.with(
                            builder.of(
                                    Pending,
                                    "Replacing",
                                    "another pipeline took over; waits until its suspended Job is gone"),
                            new Action.DeleteJob(job.name(), job.uid()));
                }
                yield decision.with(
                        job.live() ? decision.status() : builder.starting(),
                        new Action.SuspendJob(job.name(), job.uid(), false));
            }
            case BY_OTHERS ->
                job.live()
                        ? decision
                        : decision.with(builder.active(
                                job,
                                Pending,
                                "JobSuspended",
                                "its Job is suspended, by a queue or by a person; it starts when they resume it"));
        };
    }

    /** Whether another pipeline has the result or works on it; one that only goes first is no reason to give up a Job. */
    private static boolean elsewhere(Siblings.Standing standing) {
        return switch (standing) {
            case Siblings.Standing.Made _ -> true;
            case Siblings.Standing.Making making -> making.by().holds();
            case Siblings.Standing.Twin _, Siblings.Standing.Open() -> false;
        };
    }
}
