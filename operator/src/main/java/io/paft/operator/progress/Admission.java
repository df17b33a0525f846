package io.paft.operator.progress;

import static io.paft.api.v1alpha1.StageState.Blocked;
import static io.paft.api.v1alpha1.StageState.Failed;
import static io.paft.api.v1alpha1.StageState.Succeeded;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.jobs.Labels;
import io.paft.operator.jobs.ProgressTarget;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Decides whether a pod may speak for a stage: it must run, and be of the one Job that makes the stage's present result. Pure. */
final class Admission {

    private static final List<String> ENDED = List.of("Succeeded", "Failed");

    private Admission() {}

    /**
     * The status of the stage that a path names.
     *
     * @throws RefusedException when there is no such stage
     */
    static StageStatus stage(PaftPipeline pipeline, String name) throws RefusedException {
        if (pipeline.getStatus() == null || pipeline.getStatus().stages() == null) {
            throw new RefusedException(Refusal.UNKNOWN_STAGE);
        }
        Optional<StageStatus> found = pipeline.getStatus().stages().stream()
                .filter(stage -> stage.name().equals(name))
                .findFirst();
        return found.orElseThrow(() -> new RefusedException(Refusal.UNKNOWN_STAGE));
    }

    /**
     * Lets a sender pass or throws.
     *
     * @param stage as its status has it
     * @param job the Job that the status names, or null when there is none of that name
     * @param pod the pod of the sender's name in the pipeline's namespace, or null
     */
    static void check(
            ProgressTarget target,
            Sender sender,
            PaftPipeline pipeline,
            StageStatus stage,
            @Nullable Job job,
            @Nullable Pod pod)
            throws RefusedException {
        if (!sender.namespace().equals(target.namespace())) {
            throw new RefusedException(Refusal.OTHER_NAMESPACE);
        }
        if (stage.state() == Succeeded || stage.state() == Failed || stage.state() == Blocked) {
            throw new RefusedException(Refusal.STAGE_ENDED);
        }
        // A pod of this name that was made later is another pod.
        if (pod == null
                || !pod.getMetadata().getUid().equals(sender.uid())
                || (pod.getStatus() != null && ENDED.contains(pod.getStatus().getPhase()))) {
            throw new RefusedException(Refusal.POD_GONE);
        }
        if (!current(job, pipeline, stage) || !owned(pod, job)) {
            boolean once = target.pipeline().equals(label(pod, Labels.PIPELINE))
                    && target.stage().equals(label(pod, Labels.STAGE));
            throw new RefusedException(once ? Refusal.OLD_JOB : Refusal.OTHER_STAGE);
        }
    }

    private static boolean current(@Nullable Job job, PaftPipeline pipeline, StageStatus stage) {
        return job != null
                && owned(job, pipeline)
                && job.getMetadata().getDeletionTimestamp() == null
                && job.getMetadata().getAnnotations() != null
                && stage.key().equals(job.getMetadata().getAnnotations().get(Labels.KEY));
    }

    private static boolean owned(HasMetadata child, @Nullable HasMetadata owner) {
        return owner != null
                && child.getMetadata().getOwnerReferences().stream()
                        .anyMatch(reference -> Boolean.TRUE.equals(reference.getController())
                                && reference.getUid().equals(owner.getMetadata().getUid()));
    }

    private static @Nullable String label(Pod pod, String name) {
        return pod.getMetadata().getLabels() == null
                ? null
                : pod.getMetadata().getLabels().get(name);
    }
}
