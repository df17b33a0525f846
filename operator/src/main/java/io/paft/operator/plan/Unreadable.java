package io.paft.operator.plan;

import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.plan.Observation.JobState;
import io.paft.operator.plan.Observation.ObservedJob;
import io.paft.operator.plan.Observation.ObservedPod;
import io.paft.operator.status.StagesByName;
import io.paft.operator.status.StatusBudget;
import io.paft.operator.status.StatusFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A pipeline whose spec makes no stages. What runs of the last spec that did goes on: an edit that cannot be understood is no reason
 * to stop what was understood. But {@code spec.suspend} is understood whatever else is wrong, and whoever sets it wants the GPUs:
 * it stops every Job that there is. They go on when the spec makes a pipeline again, and {@code spec.suspend} is not set.
 */
final class Unreadable {

    private final Observation observed;
    private final Instant now;

    private Unreadable(Observation observed, Instant now) {
        this.observed = observed;
        this.now = now;
    }

    /** @param why a sentence for people */
    static Decision plan(PaftPipeline pipeline, Observation observed, StatusFactory factory, String why, Instant now) {
        if (!Boolean.TRUE.equals(pipeline.getSpec().suspend())) {
            return new Decision(factory.invalidSpec(why), List.of());
        }
        var unreadable = new Unreadable(observed, now);
        List<StageStatus> stages = StagesByName.of(pipeline.getStatus()).values().stream()
                .map(unreadable::held)
                .toList();
        var actions = new ArrayList<Action>();
        observed.jobs().stream().filter(ObservedJob::goesOn).forEach(job -> actions.addAll(Suspension.actions(job)));
        // Without stages there is nobody to tell it of.
        var status = stages.isEmpty()
                ? factory.invalidSpec(why)
                : factory.invalidSpec(why, stages, observed.busy().values());
        return new Decision(StatusBudget.fit(status), actions);
    }

    private StageStatus held(StageStatus known) {
        ObservedJob job = known.job() == null ? null : observed.job(known.job()).orElse(null);
        List<ObservedPod> orphans = observed.orphans().getOrDefault(known.key(), List.of());
        var attempts = Attempts.of(known, job, orphans, now);
        return switch (known.state()) {
            case Succeeded, Failed, Blocked -> attempts.settled() ? known : attempts.into(known);
            case Pending, Running -> attempts.into(counted(held(known, job, orphans), job));
        };
    }

    /** A stage that was only starting has told no attempts yet. */
    private static StageStatus counted(StageStatus status, @Nullable ObservedJob job) {
        return job == null || job.attempts() == 0 || status.attempts() != null
                ? status
                : status.withAttempts(
                        job.attempts(), status.gpuSeconds(), status.lost(), status.gpuSecondsLost(), status.retry());
    }

    private static StageStatus held(StageStatus known, @Nullable ObservedJob job, List<ObservedPod> orphans) {
        boolean active = job != null && job.state() == JobState.ACTIVE;
        List<ObservedPod> pods = job == null ? orphans : job.pods();
        boolean holds = pods.stream().anyMatch(pod -> !(pod instanceof ObservedPod.Ended));
        boolean stopping = (job != null && job.goesOn()) ? !Suspension.stands(job) : holds;
        boolean ran = known.state() == StageState.Running || Suspension.stops(known);
        if (stopping && (job != null || ran)) {
            return Suspension.stopping(known);
        }
        if (active) {
            return Suspension.stopped(known);
        }
        return ran || job != null ? Suspension.over(known) : known;
    }
}
