package io.paft.operator.plan;

import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.plan.Observation.ObservedJob;
import io.paft.operator.plan.Observation.ObservedPod;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one stage sees of the world.
 *
 * @param job its Job, if there is one
 * @param busy a pod that has not ended and works on this very result, if there is one
 * @param refusal why its Job could not be created, when that was tried
 * @param orphans pods that were there for this result and whose Job is gone; oldest first
 * @param standing how it stands with its result among the other pipelines, and the other stages
 * @param upstream the statuses of all stages before this one
 */
record StageView(
        @Nullable ObservedJob job,
        @Nullable String busy,
        @Nullable String refusal,
        List<ObservedPod> orphans,
        Siblings.Standing standing,
        Map<String, StageStatus> upstream) {

    static StageView of(
            Stage stage,
            String pipeline,
            Observation observed,
            Siblings.Standing standing,
            Map<String, StageStatus> upstream) {
        String job = stage.jobName(pipeline);
        return new StageView(
                observed.job(job).orElse(null),
                observed.busy().get(stage.key()),
                observed.refusals().get(job),
                observed.orphans().getOrDefault(stage.key(), List.of()),
                standing,
                upstream);
    }
}
