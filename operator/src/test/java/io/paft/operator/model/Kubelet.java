package io.paft.operator.model;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Scheduler, kubelet and the stage container in one: a pod waits, runs, works as the stage contract says, and ends. */
final class Kubelet {

    /** Why a container has ended that could not be started. */
    static final String START_ERROR = "StartError";

    static final String UNSCHEDULABLE = "0/3 nodes are available: 3 Insufficient nvidia.com/gpu.";

    private final Cluster cluster;
    private final Workspace workspace;
    private final Set<String> hanging = new HashSet<>();

    Kubelet(Cluster cluster, Workspace workspace) {
        this.cluster = cluster;
        this.workspace = workspace;
    }

    static @Nullable ContainerState state(Pod pod) {
        var statuses = pod.getStatus().getContainerStatuses();
        return statuses.isEmpty() ? null : statuses.getFirst().getState();
    }

    static @Nullable Integer exitCode(Pod pod) {
        ContainerState state = state(pod);
        return state == null || state.getTerminated() == null
                ? null
                : state.getTerminated().getExitCode();
    }

    /** Whether its container is at work. */
    static boolean running(Pod pod) {
        ContainerState state = state(pod);
        return state != null && state.getRunning() != null && !JobController.ended(pod);
    }

    /** Whether a pod is through, by its phase or by its only container. */
    static boolean ended(Pod pod) {
        String phase = pod.getStatus() == null ? null : pod.getStatus().getPhase();
        ContainerState state = state(pod);
        return "Failed".equals(phase) || "Succeeded".equals(phase) || (state != null && state.getTerminated() != null);
    }

    static String key(Pod pod) {
        return pod.getMetadata().getAnnotations().get("paft.io/key");
    }

    private boolean working(Pod pod) {
        return pod.getMetadata().getUid().equals(workspace.holder(key(pod)));
    }

    /** It does nothing any more until it is told to stop. */
    boolean hang(Pod pod) {
        return hanging.add(pod.getMetadata().getUid());
    }

    /** It goes on after all. */
    boolean goOn(Pod pod) {
        return hanging.remove(pod.getMetadata().getUid());
    }

    boolean hangs(Pod pod) {
        return hanging.contains(pod.getMetadata().getUid());
    }

    /** The next thing in the life of a pod that has not ended; without dice, the shortest way to success. */
    boolean advance(Pod pod, @Nullable Dice dice) {
        boolean leaving = pod.getMetadata().getDeletionTimestamp() != null;
        if (running(pod)) {
            return leaving ? stopped(pod, dice) : !hangs(pod) && work(pod, dice);
        }
        if (leaving) {
            // Its container never started.
            cluster.setStatus(pod, status(pod).withPhase("Failed").build());
            return true;
        }
        ContainerState state = state(pod);
        String waiting = state == null ? null : state.getWaiting().getReason();
        if (waiting == null) {
            return place(pod, dice);
        }
        if (dice != null && dice.oneIn(3)) {
            String reason = "ErrImagePull".equals(waiting) ? "ImagePullBackOff" : "ErrImagePull";
            return wait(pod, reason, reason + ": failed to pull image \"trainer\": not found");
        }
        return (dice != null && dice.oneIn(32)) ? cannotStart(pod) : start(pod);
    }

    /** What a kubelet writes that was killed while it started a container. */
    private boolean cannotStart(Pod pod) {
        var state = new ContainerStateBuilder()
                .withNewTerminated()
                .withExitCode(128)
                .withReason(START_ERROR)
                .withMessage("failed to start containerd task: context canceled: unknown")
                .withStartedAt(Instant.EPOCH.toString())
                .withFinishedAt(cluster.timestamp())
                .endTerminated()
                .build();
        cluster.setStatus(pod, container(status(pod).withPhase("Failed"), state).build());
        return true;
    }

    private boolean place(Pod pod, @Nullable Dice dice) {
        boolean told = !pod.getStatus().getConditions().isEmpty();
        if (dice != null && !told && dice.oneIn(3)) {
            unschedulable(pod);
            return true;
        }
        return wait(pod, "ContainerCreating", null);
    }

    /** No node has room. */
    void unschedulable(Pod pod) {
        cluster.setStatus(
                pod,
                status(pod)
                        .withConditions(new PodConditionBuilder()
                                .withType("PodScheduled")
                                .withStatus("False")
                                .withReason("Unschedulable")
                                .withMessage(UNSCHEDULABLE)
                                .build())
                        .build());
    }

    private boolean wait(Pod pod, String reason, @Nullable String message) {
        var state = new ContainerStateBuilder()
                .withNewWaiting()
                .withReason(reason)
                .withMessage(message)
                .endWaiting()
                .build();
        cluster.setStatus(
                pod, container(status(pod).withConditions(List.of()), state).build());
        return true;
    }

    private boolean start(Pod pod) {
        var state =
                new ContainerStateBuilder().withNewRunning(cluster.timestamp()).build();
        cluster.setStatus(
                pod, container(status(pod).withPhase("Running"), state).build());
        return true;
    }

    private boolean work(Pod pod, @Nullable Dice dice) {
        if (!working(pod)) {
            return workspace.has(key(pod))
                    ? succeed(pod, dice, true)
                    : workspace.begin(key(pod), pod.getMetadata().getUid());
        }
        workspace.complete(key(pod));
        if (dice != null && dice.oneIn(16)) {
            // Killed between its last write and its exit.
            return exit(pod, 137, "Error", null);
        }
        return succeed(pod, dice, false);
    }

    /** Now and then nobody gets to read what it said. */
    private boolean succeed(Pod pod, @Nullable Dice dice, boolean reused) {
        boolean lost = dice != null && dice.oneIn(16);
        return exit(pod, 0, "Completed", lost ? null : Said.done(pod, reused));
    }

    private boolean stopped(Pod pod, @Nullable Dice dice) {
        int how = dice == null ? 0 : dice.below(6);
        if (how == 1 && working(pod)) {
            return work(pod, null);
        }
        return how == 2
                ? exit(pod, 137, "Error", null)
                : exit(pod, 143, "Error", Said.failed("Stopped", "a signal told the stage to stop"));
    }

    /** The container of a running pod fails by itself. */
    void fail(Pod pod, Dice dice) {
        switch (dice.below(6)) {
            case 0 -> exit(pod, 65, "Error", Said.failed("DatasetMalformed", "data/sft.jsonl: line 3 is not JSON"));
            case 1 -> exit(pod, 78, "Error", Said.failed("UnknownArgument", "extraArgs: SFTConfig has no `adam`"));
            case 2, 3 -> exit(pod, 75, "Error", Said.failed("WorkspaceFull", "no space left in the workspace"));
            case 4 -> exit(pod, 137, "OOMKilled", "loading checkpoint shards\n");
            default -> exit(pod, 1, "Error", "Traceback:\nRuntimeError: boom");
        }
    }

    /** The cluster wants the node, or has lost it: one of the ways that carry the condition DisruptionTarget. */
    void disrupt(Pod pod, Dice dice) {
        var condition = new PodConditionBuilder()
                .withType("DisruptionTarget")
                .withStatus("True")
                .withReason("EvictionByEvictionAPI")
                .build();
        switch (dice.below(3)) {
            case 0 -> {
                cluster.setStatus(pod, status(pod).addToConditions(condition).build());
                cluster.mark(Objects.requireNonNull(
                        cluster.pods.get(pod.getMetadata().getName())));
            }
            case 1 -> {
                var evicted = status(pod)
                        .addToConditions(condition)
                        .withPhase("Failed")
                        .withReason("Evicted")
                        .withMessage("The node was low on resource: memory.");
                workspace.release(key(pod), pod.getMetadata().getUid());
                // Some kubelets leave the container as it was.
                cluster.setStatus(pod, evicted.build());
            }
            default -> {
                var lost = status(pod).addToConditions(condition).withPhase("Failed");
                workspace.release(key(pod), pod.getMetadata().getUid());
                cluster.setStatus(
                        pod,
                        container(lost, terminated(pod, 137, "ContainerStatusUnknown", null))
                                .build());
            }
        }
    }

    private boolean exit(Pod pod, int code, String reason, @Nullable String message) {
        workspace.release(key(pod), pod.getMetadata().getUid());
        String phase = code == 0 ? "Succeeded" : "Failed";
        cluster.setStatus(
                pod,
                container(status(pod).withPhase(phase), terminated(pod, code, reason, message))
                        .build());
        return true;
    }

    private ContainerState terminated(Pod pod, int code, String reason, @Nullable String message) {
        ContainerState before = state(pod);
        return new ContainerStateBuilder()
                .withNewTerminated()
                .withExitCode(code)
                .withReason(reason)
                .withMessage(message)
                .withStartedAt(
                        before == null || before.getRunning() == null
                                ? null
                                : before.getRunning().getStartedAt())
                .withFinishedAt(cluster.timestamp())
                .endTerminated()
                .build();
    }

    private static PodStatusBuilder status(Pod pod) {
        return new PodStatusBuilder(pod.getStatus());
    }

    private static PodStatusBuilder container(PodStatusBuilder status, ContainerState state) {
        return status.withContainerStatuses(
                new ContainerStatusBuilder().withName("stage").withState(state).build());
    }
}
