package io.paft.operator.plan;

import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.plan.Observation.ObservedJob;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What comes between a stage and the course that its Job alone would give it: the pipeline's deadline, a suspension, a pod that
 * stands still or cannot start. Each takes the decision as it stands and leaves it or puts its own in its place.
 */
final class Interruptions {

    private final PipelineDeadline deadline;
    private final boolean suspend;
    private final Observation observed;
    private final Instant now;
    private final Alarm alarm;
    private final Remedy remedy;

    Interruptions(PaftPipeline pipeline, PipelineDeadline deadline, Observation observed, Instant now, Alarm alarm) {
        this.deadline = deadline;
        this.suspend = Boolean.TRUE.equals(pipeline.getSpec().suspend());
        this.observed = observed;
        this.now = now;
        this.alarm = alarm;
        this.remedy = new Remedy(pipeline.getMetadata().getName());
    }

    /**
     * The decision about one stage, after everything that may come between.
     *
     * @param known what is recorded of this very result, if anything
     */
    StageDecision apply(
            Stage stage,
            StageStatusBuilder status,
            @Nullable StageStatus known,
            StageView view,
            StageDecision decision) {
        ObservedJob job = view.job();
        if (decision.closed()) {
            StageDecision ended =
                    job == null ? decision : new StallWatch(null, status, known).reason(job, decision, remedy);
            return PipelineDeadline.stopAgain(job, ended);
        }
        if (deadline.over()) {
            return deadline.stop(status, job, decision, alarm);
        }
        if (suspend) {
            return Suspension.stop(status, job, decision);
        }
        if (job == null) {
            return decision;
        }
        StageDecision moving = new StallWatch(stage.node().run().stallTimeout(), status, known)
                .check(job, decision, observed.silence(), now, alarm);
        StageDecision told =
                Obstacles.tell(status, job, moving, observed.obstacles().get(job.name()));
        return Suspension.goOn(status, job, view.standing(), told);
    }
}
