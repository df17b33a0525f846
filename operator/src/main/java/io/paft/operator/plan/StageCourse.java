package io.paft.operator.plan;

import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.StageStatus;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How one stage goes on: what its Job and its dependencies make of it, then what comes between, and from the beginning once more
 * where a person asks for another try.
 */
final class StageCourse {

    private final PaftPipeline pipeline;
    private final String name;
    private final String workspace;
    private final JobBuilder jobs;
    private final PipelineDeadline deadline;
    private final Interruptions interruptions;
    private final Retries retries;
    private final Instant now;

    /** @param now stamps what is found among the others, and attempts that are found missing */
    StageCourse(
            PaftPipeline pipeline,
            JobBuilder jobs,
            PipelineDeadline deadline,
            Interruptions interruptions,
            Instant now) {
        this.pipeline = pipeline;
        this.name = pipeline.getMetadata().getName();
        this.workspace = pipeline.getSpec().workspace().volumeClaim().name();
        this.jobs = jobs;
        this.deadline = deadline;
        this.interruptions = interruptions;
        this.retries = new Retries(pipeline);
        this.now = now;
    }

    /** @param recorded what the status says of this very result, if anything */
    StageDecision decide(Stage stage, @Nullable StageStatus recorded, StageView view) {
        Attempts attempts = Attempts.of(recorded, view.job(), view.orphans(), now);
        StageDecision first = decide(stage, deadline.recall(recorded), view, attempts);
        return retries.again(first.status(), view.job(), builder(stage))
                .map(again -> decide(stage, again, view, Attempts.of(again, view.job(), view.orphans(), now)))
                .orElse(first);
    }

    private StageDecision decide(Stage stage, @Nullable StageStatus known, StageView view, Attempts attempts) {
        StageStatusBuilder builder = builder(stage);
        StageDecision alone = new StagePlanner(stage, name, builder, known, wanted -> jobs.create(pipeline, wanted))
                .plan(view, attempts, now);
        StageDecision standing = interruptions.apply(stage, builder, known, view, alone);
        // What is recorded of an ended stage stays as it is, once the pods that were stopped with it have ended.
        boolean stays = standing.closed() && standing.status().equals(known) && attempts.settled();
        return stays ? standing : standing.with(attempts.into(standing.status()));
    }

    private StageStatusBuilder builder(Stage stage) {
        return new StageStatusBuilder(stage, name, workspace);
    }
}
