package io.paft.operator.reconcile;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateRunning;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.ContainerStateWaiting;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.Quantity;
import io.paft.operator.jobs.PodTemplates;
import io.paft.operator.plan.Observation.ObservedPod;
import io.paft.operator.plan.Observation.PodRef;
import io.paft.operator.plan.Progress;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads one pod: what it waits for in the scheduler's or kubelet's words, or how it ended. Pure. */
final class PodObserver {

    /** Reasons of every healthy start; telling them would cost a status write each and help nobody. */
    private static final Set<String> ORDINARY = Set.of("ContainerCreating", "PodInitializing");

    /** What kubelets write of a container that never ran, with an exit code of their own and the epoch as its start. */
    private static final String START_ERROR = "StartError";

    private PodObserver() {}

    /** @param progress what the pod said last, if anything */
    static ObservedPod observe(Pod pod, @Nullable Progress progress) {
        PodStatus status = pod.getStatus() == null ? new PodStatus() : pod.getStatus();
        Optional<ContainerState> state = stage(status.getContainerStatuses()).map(ContainerStatus::getState);
        ContainerStateTerminated terminated =
                state.map(ContainerState::getTerminated).orElse(null);
        if (terminated != null) {
            String other = hasEnded(pod) ? null : stillRunning(status.getContainerStatuses());
            return other == null ? ended(pod, terminated) : kept(pod, terminated, other);
        }
        if (hasEnded(pod)) {
            return gone(pod, status, state.map(ContainerState::getRunning).orElse(null));
        }
        return state.map(ContainerState::getRunning)
                .<ObservedPod>map(running -> new ObservedPod.Running(
                        running.getStartedAt(), progress, gpus(pod.getSpec()), ref(pod), Disruptions.beingStopped(pod)))
                .orElseGet(() ->
                        waiting(status, state.map(ContainerState::getWaiting).orElse(null), ref(pod)));
    }

    /** Of a pod that somebody else has put containers into: how those do is no news of the stage. */
    private static Optional<ContainerStatus> stage(List<ContainerStatus> containers) {
        return containers.stream()
                .filter(container -> PodTemplates.CONTAINER.equals(container.getName()))
                .findFirst()
                .or(() -> containers.stream().findFirst());
    }

    /** A container beside the stage's that runs: until it ends, the pod does not, and holds its GPUs. */
    private static @Nullable String stillRunning(List<ContainerStatus> containers) {
        return containers.stream()
                .filter(container ->
                        container.getState() != null && container.getState().getRunning() != null)
                .map(ContainerStatus::getName)
                .findFirst()
                .orElse(null);
    }

    private static ObservedPod.Waiting kept(Pod pod, ContainerStateTerminated stage, String other) {
        String message =
                ("the stage has ended with exit code %d, and container %s still runs: its Job does not go on before"
                                + " that ends; keep whatever adds it from these pods, or have it added as a native sidecar")
                        .formatted(stage.getExitCode(), other);
        return new ObservedPod.Waiting("ContainerStillRuns", message, ref(pod));
    }

    /** Whether Kubernetes says that a pod is through. */
    static boolean hasEnded(Pod pod) {
        String phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
        return "Failed".equals(phase) || "Succeeded".equals(phase);
    }

    private static ObservedPod.Ended ended(Pod pod, ContainerStateTerminated terminated) {
        if (START_ERROR.equals(terminated.getReason())) {
            // The exit code is the kubelet's, not a program's, and it held no GPU.
            return withoutExitCode(
                    pod, terminated.getReason(), terminated.getMessage(), start(pod), terminated.getFinishedAt(), 0);
        }
        return new ObservedPod.Ended(
                terminated.getExitCode(),
                terminated.getReason(),
                terminated.getMessage(),
                // The epoch: a container runtime that was killed at the wrong moment has forgotten it.
                Instant.EPOCH.toString().equals(terminated.getStartedAt()) ? null : terminated.getStartedAt(),
                terminated.getFinishedAt(),
                gpus(pod.getSpec()),
                ref(pod),
                Disruptions.of(pod));
    }

    private static @Nullable String start(Pod pod) {
        String started = pod.getStatus() == null ? null : pod.getStatus().getStartTime();
        return started == null ? pod.getMetadata().getCreationTimestamp() : started;
    }

    /**
     * Ended without a word of how its container did: it never started, or its node was lost.
     *
     * @param running what the kubelet said last; its GPUs were held until the cluster gave the pod up
     */
    private static ObservedPod.Ended gone(Pod pod, PodStatus status, @Nullable ContainerStateRunning running) {
        String end = Disruptions.since(pod);
        return running == null
                ? withoutExitCode(pod, status.getReason(), status.getMessage(), start(pod), end, 0)
                : withoutExitCode(
                        pod, status.getReason(), status.getMessage(), running.getStartedAt(), end, gpus(pod.getSpec()));
    }

    private static ObservedPod.Ended withoutExitCode(
            Pod pod,
            @Nullable String reason,
            @Nullable String message,
            @Nullable String start,
            @Nullable String end,
            int gpus) {
        return new ObservedPod.Ended(null, reason, message, start, end, gpus, ref(pod), Disruptions.of(pod));
    }

    private static PodRef ref(Pod pod) {
        return new PodRef(
                pod.getMetadata().getName(),
                // Only a test's pod may have none.
                Objects.requireNonNullElse(pod.getMetadata().getUid(), ""),
                pod.getMetadata().getDeletionTimestamp() != null,
                pod.getMetadata().getCreationTimestamp());
    }

    private static ObservedPod waiting(PodStatus status, @Nullable ContainerStateWaiting container, PodRef pod) {
        if (container != null && container.getReason() != null && !ORDINARY.contains(container.getReason())) {
            return new ObservedPod.Waiting(container.getReason(), container.getMessage(), pod);
        }
        return status.getConditions().stream()
                .filter(condition -> "PodScheduled".equals(condition.getType()))
                .filter(condition -> "False".equals(condition.getStatus()))
                .findFirst()
                .map(condition -> unscheduled(condition, pod))
                .orElseGet(() -> new ObservedPod.Waiting(null, null, pod));
    }

    private static ObservedPod.Waiting unscheduled(PodCondition condition, PodRef pod) {
        return new ObservedPod.Waiting(condition.getReason(), condition.getMessage(), pod);
    }

    /** Limits of extended resources such as nvidia.com/gpu or amd.com/gpu. */
    static int gpus(@Nullable PodSpec spec) {
        return spec == null
                ? 0
                : spec.getContainers().stream()
                        .filter(container -> container.getResources() != null
                                && container.getResources().getLimits() != null)
                        .flatMap(container -> container.getResources().getLimits().entrySet().stream())
                        .filter(limit -> limit.getKey().endsWith("/gpu"))
                        .map(Map.Entry::getValue)
                        .map(Quantity::getNumericalAmount)
                        .mapToInt(BigDecimal::intValue)
                        .sum();
    }
}
