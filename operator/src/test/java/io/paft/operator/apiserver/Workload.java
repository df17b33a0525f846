package io.paft.operator.apiserver;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.fabric8.kubernetes.api.model.batch.v1.JobConditionBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Consumer;

/** The Job controller, the scheduler and the kubelet, played by the test. */
final class Workload {

    private final KubernetesClient client;

    Workload(KubernetesClient client) {
        this.client = client;
    }

    /** What the cluster does when a stage's pod ends well. */
    void complete(Job job, String terminationMessage) {
        String now = now();
        ended(pod(job), now, terminationMessage);
        completed(job, now);
    }

    private void completed(Job job, String now) {
        write(job, now, status -> {
            status.setCompletionTime(now);
            status.setSucceeded(1);
            status.setConditions(List.of(condition("SuccessCriteriaMet", now), condition("Complete", now)));
        });
    }

    /** What the Job controller does when no attempt is left. */
    void fail(Job job) {
        String now = now();
        write(job, now, status -> {
            status.setFailed(1);
            status.setConditions(List.of(condition("FailureTarget", now), condition("Failed", now)));
        });
    }

    private void write(Job job, String started, Consumer<JobStatus> change) {
        client.resource(job).editStatus(current -> {
            var status = current.getStatus() == null ? new JobStatus() : current.getStatus();
            status.setStartTime(started);
            change.accept(status);
            current.setStatus(status);
            return current;
        });
    }

    /** What the kubelet does when a stage's container has started. */
    Pod running(Job job) {
        return write(
                pod(job),
                "Running",
                new ContainerStateBuilder()
                        .withNewRunning()
                        .withStartedAt(now())
                        .endRunning()
                        .build());
    }

    /** A pod of somebody else. */
    Pod stranger(String namespace) {
        return client.resource(new PodBuilder()
                        .withNewMetadata()
                        .withName("stranger")
                        .withNamespace(namespace)
                        .endMetadata()
                        .withNewSpec()
                        .withServiceAccountName(Tokens.ACCOUNT)
                        .addNewContainer()
                        .withName("x")
                        .withImage("x")
                        .endContainer()
                        .endSpec()
                        .build())
                .create();
    }

    /** What the cluster does when the pod that runs ends well. */
    void finish(Job job) {
        Pod pod = client.pods()
                .inNamespace(job.getMetadata().getNamespace())
                .withName(job.getMetadata().getName() + "-pod")
                .get();
        String now = now();
        ended(pod, now, "{\"outcome\":\"Succeeded\",\"reason\":\"Completed\",\"message\":\"done\"}");
        completed(job, now);
    }

    /** What the scheduler does when no node has room. */
    void unschedulable(Job job) {
        scheduled(pod(job), "0/1 nodes are available: 1 Insufficient cpu.");
    }

    /** What the scheduler says when it finds no node for a pod. */
    void scheduled(Pod pod, String refusal) {
        Pod current = client.resource(pod).get();
        current.setStatus(new PodStatusBuilder()
                .withPhase("Pending")
                .addNewCondition()
                .withType("PodScheduled")
                .withStatus("False")
                .withReason("Unschedulable")
                .withMessage(refusal)
                .endCondition()
                .build());
        client.resource(current).updateStatus();
    }

    /** A pod that a kubelet has, and whose container it cannot start yet. */
    Pod creating(Job job) {
        return write(
                pod(job),
                "Pending",
                new ContainerStateBuilder()
                        .withNewWaiting()
                        .withReason("ContainerCreating")
                        .endWaiting()
                        .build());
    }

    private Pod pod(Job job) {
        Pod pod = new PodBuilder()
                .withNewMetadata()
                .withName(job.getMetadata().getName() + "-pod")
                .withNamespace(job.getMetadata().getNamespace())
                .withLabels(job.getSpec().getTemplate().getMetadata().getLabels())
                .addNewOwnerReference()
                .withApiVersion("batch/v1")
                .withKind("Job")
                .withName(job.getMetadata().getName())
                .withUid(job.getMetadata().getUid())
                .withController(true)
                .endOwnerReference()
                .endMetadata()
                .withSpec(job.getSpec().getTemplate().getSpec())
                .editSpec()
                .withServiceAccountName(Tokens.ACCOUNT)
                .endSpec()
                .build();
        return client.resource(pod).create();
    }

    private void ended(Pod pod, String now, String terminationMessage) {
        write(
                pod,
                "Succeeded",
                new ContainerStateBuilder()
                        .withNewTerminated()
                        .withExitCode(0)
                        .withReason("Completed")
                        .withStartedAt(now)
                        .withFinishedAt(now)
                        .withMessage(terminationMessage)
                        .endTerminated()
                        .build());
    }

    private Pod write(Pod pod, String phase, ContainerState state) {
        pod.setStatus(new PodStatusBuilder()
                .withPhase(phase)
                .withContainerStatuses(container(state))
                .build());
        return client.resource(pod).updateStatus();
    }

    /** The container of a stage. */
    static ContainerStatus container(ContainerState state) {
        return new ContainerStatusBuilder()
                .withName("stage")
                .withImage("trainer")
                .withImageID("")
                .withReady(state.getRunning() != null)
                .withRestartCount(0)
                .withState(state)
                .build();
    }

    private static JobCondition condition(String type, String now) {
        return new JobConditionBuilder()
                .withType(type)
                .withStatus("True")
                .withLastProbeTime(now)
                .withLastTransitionTime(now)
                .build();
    }

    static String now() {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
