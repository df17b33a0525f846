package io.paft.operator.jobs;

import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicy;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyBuilder;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.operator.plan.ExitCodes;
import io.paft.operator.plan.RunSettings;
import io.paft.operator.plan.Stage;
import java.util.Optional;

/** Builds the one Job that produces a stage's result. */
public final class JobFactory implements io.paft.operator.plan.JobBuilder {

    private final PodTemplates pods;

    /** Builds Jobs whose pods tell nobody how far they are. */
    public JobFactory(Images images) {
        this(images, Optional.empty());
    }

    public JobFactory(Images images, Optional<ProgressAccess> progress) {
        this.pods = new PodTemplates(images, progress);
    }

    @Override
    public Job create(PaftPipeline pipeline, Stage stage) {
        String name = pipeline.getMetadata().getName();
        RunSettings run = stage.node().run();
        return new JobBuilder()
                .withNewMetadata()
                .withName(stage.jobName(name))
                .withNamespace(pipeline.getMetadata().getNamespace())
                .withLabels(Labels.of(name, stage, run.pod().labels()))
                .withAnnotations(Labels.annotations(stage, run.pod().annotations()))
                .withOwnerReferences(owner(pipeline))
                .endMetadata()
                .withNewSpec()
                .withBackoffLimit(run.retries())
                .withActiveDeadlineSeconds(
                        run.deadline() == null ? null : run.deadline().toSeconds())
                .withPodFailurePolicy(failurePolicy())
                // Never two pods that write the same output.
                .withPodReplacementPolicy("Failed")
                .withTemplate(pods.of(pipeline, stage))
                .endSpec()
                .build();
    }

    /** The first rule that matches counts: what a pod says whose node is taken away from it proves nothing. */
    private static PodFailurePolicy failurePolicy() {
        return new PodFailurePolicyBuilder()
                .addNewRule()
                .withAction("Ignore")
                .addNewOnPodCondition("True", "DisruptionTarget")
                .endRule()
                .addNewRule()
                .withAction("FailJob")
                .withNewOnExitCodes()
                .withContainerName(PodTemplates.CONTAINER)
                .withOperator("In")
                .withValues(ExitCodes.HOPELESS.stream().sorted().toList())
                .endOnExitCodes()
                .endRule()
                .build();
    }

    private static OwnerReference owner(PaftPipeline pipeline) {
        return new OwnerReferenceBuilder()
                .withApiVersion(pipeline.getApiVersion())
                .withKind(pipeline.getKind())
                .withName(pipeline.getMetadata().getName())
                .withUid(pipeline.getMetadata().getUid())
                .withController(true)
                .withBlockOwnerDeletion(true)
                .build();
    }
}
