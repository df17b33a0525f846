package io.paft.operator.jobs;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSecurityContextBuilder;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpecBuilder;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.PodSettings;
import io.paft.operator.plan.NodeInput;
import io.paft.operator.plan.NodeKind;
import io.paft.operator.plan.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The pod of a stage: restricted, without a token for the API server (only one to say how far it is), writing to the workspace and one scratch volume. */
public final class PodTemplates {

    /** The container of a stage pod that does the stage's work. */
    public static final String CONTAINER = "stage";

    /** Any non-root user would do; a fixed one makes what it writes readable to the next stage. */
    private static final long USER = 65532L;

    /** Seconds in which a training that is told to stop finishes its step and writes a checkpoint. */
    private static final Long SAVES_A_CHECKPOINT = 120L;

    private static final String WORKSPACE_VOLUME = "workspace";
    private static final String SCRATCH_VOLUME = "scratch";

    private final Images images;
    private final Optional<ProgressAccess> progress;

    PodTemplates(Images images, Optional<ProgressAccess> progress) {
        this.images = images;
        this.progress = progress;
    }

    PodTemplateSpec of(PaftPipeline pipeline, Stage stage) {
        PodSettings pod = stage.node().run().pod();
        String workspace = pipeline.getSpec().workspace().volumeClaim().name();
        List<String> claims = otherClaims(stage, workspace);
        var target = new ProgressTarget(
                pipeline.getMetadata().getNamespace(), pipeline.getMetadata().getName(), stage.name());
        return new PodTemplateSpecBuilder()
                .withNewMetadata()
                .withLabels(Labels.of(pipeline.getMetadata().getName(), stage, pod.labels()))
                .withAnnotations(Labels.annotations(stage, pod.annotations()))
                .addToAnnotations(progress.map(ProgressAccess::annotations).orElse(Map.of()))
                .endMetadata()
                .withNewSpec()
                .withRestartPolicy("Never")
                .withTerminationGracePeriodSeconds(gracePeriod(pod, stage.node().kind()))
                .withAutomountServiceAccountToken(false)
                .withEnableServiceLinks(false)
                .withSecurityContext(securityContext())
                .withServiceAccountName(pod.serviceAccountName())
                .withPriorityClassName(pod.priorityClassName())
                .withNodeSelector(pod.nodeSelector())
                .withTolerations(pod.tolerations())
                .withAffinity(pod.affinity())
                .withImagePullSecrets(pod.imagePullSecrets())
                .withContainers(container(pipeline, stage, claims, target))
                .withVolumes(volumes(workspace, claims, target))
                .endSpec()
                .build();
    }

    private Container container(PaftPipeline pipeline, Stage stage, List<String> claims, ProgressTarget target) {
        PodSettings pod = stage.node().run().pod();
        String document = StageDocument.of(pipeline, stage).toString();
        return new ContainerBuilder()
                .withName(CONTAINER)
                .withImage(image(pod, stage.node().kind()))
                .withImagePullPolicy(images.pullPolicy())
                .withArgs("stage")
                .withEnv(Environment.of(
                        stage.node().run(),
                        document,
                        progress.map(access -> access.environment(target)).orElse(Map.of())))
                .withResources(pod.resources())
                // What a crashed process said last is better than nothing.
                .withTerminationMessagePolicy("FallbackToLogsOnError")
                .withNewSecurityContext()
                .withAllowPrivilegeEscalation(false)
                .withReadOnlyRootFilesystem(true)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .endSecurityContext()
                .withVolumeMounts(mounts(claims))
                .build();
    }

    private static @Nullable Long gracePeriod(PodSettings pod, NodeKind kind) {
        if (pod.terminationGracePeriodSeconds() != null) {
            return pod.terminationGracePeriodSeconds().longValue();
        }
        return switch (kind) {
            case SFT, PREFERENCE -> SAVES_A_CHECKPOINT;
            case FETCH, MERGE, EVALUATE, REPORT -> null;
        };
    }

    private String image(PodSettings pod, NodeKind kind) {
        if (pod.image() != null) {
            return pod.image();
        }
        return kind == NodeKind.MERGE ? images.merge() : images.trainer();
    }

    private static PodSecurityContext securityContext() {
        return new PodSecurityContextBuilder()
                .withRunAsNonRoot(true)
                .withRunAsUser(USER)
                .withRunAsGroup(USER)
                .withFsGroup(USER)
                .withFsGroupChangePolicy("OnRootMismatch")
                .withNewSeccompProfile()
                .withType("RuntimeDefault")
                .endSeccompProfile()
                .build();
    }

    private static List<String> otherClaims(Stage stage, String workspace) {
        return stage.node().inputs().values().stream()
                .filter(NodeInput.External.class::isInstance)
                .map(input -> InputPath.of(((NodeInput.External) input).uri(), workspace)
                        .claim())
                .flatMap(Optional::stream)
                .distinct()
                .toList();
    }

    private List<VolumeMount> mounts(List<String> claims) {
        var mounts = new ArrayList<VolumeMount>();
        mounts.add(new VolumeMountBuilder()
                .withName(WORKSPACE_VOLUME)
                .withMountPath(StageDocument.WORKSPACE)
                .build());
        mounts.add(new VolumeMountBuilder()
                .withName(SCRATCH_VOLUME)
                .withMountPath(Environment.SCRATCH)
                .build());
        progress.map(ProgressAccess::mount).ifPresent(mounts::add);
        for (int i = 0; i < claims.size(); i++) {
            mounts.add(new VolumeMountBuilder()
                    .withName("input-" + i)
                    .withMountPath(InputPath.mount(claims.get(i)))
                    .withReadOnly(true)
                    .build());
        }
        return mounts;
    }

    private List<Volume> volumes(String workspace, List<String> claims, ProgressTarget target) {
        var volumes = new ArrayList<Volume>();
        volumes.add(new VolumeBuilder()
                .withName(WORKSPACE_VOLUME)
                .withNewPersistentVolumeClaim(workspace, false)
                .build());
        volumes.add(new VolumeBuilder()
                .withName(SCRATCH_VOLUME)
                .withNewEmptyDir()
                .endEmptyDir()
                .build());
        progress.map(access -> access.volume(target)).ifPresent(volumes::add);
        for (int i = 0; i < claims.size(); i++) {
            volumes.add(new VolumeBuilder()
                    .withName("input-" + i)
                    .withNewPersistentVolumeClaim(claims.get(i), true)
                    .build());
        }
        return volumes;
    }
}
