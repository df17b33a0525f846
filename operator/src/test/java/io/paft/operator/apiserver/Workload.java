package io.paft.operator.apiserver;

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

/** The Job controller, the scheduler and the kubelet, played by the test. */
final class Workload {

    private final KubernetesClient client;

    Workload(KubernetesClient client) {
        this.client = client;
    }

    /** What the cluster does when a stage's pod ends well. */
    void complete(Job job, String terminationMessage) {
        String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        ended(pod(job), now, terminationMessage);
        completed(job, now);
    }

    private void completed(Job job, String now) {
        client.resource(job).editStatus(current -> {
            var status = current.getStatus() == null ? new JobStatus() : current.getStatus();
            status.setStartTime(now);
            status.setCompletionTime(now);
            status.setSucceeded(1);
            status.setConditions(List.of(condition("SuccessCriteriaMet", now), condition("Complete", now)));
            current.setStatus(status);
            return current;
        });
    }

    /** What the Job controller does when no attempt is left. */
    void fail(Job job) {
        String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        client.resource(job).editStatus(current -> {
            var status = current.getStatus() == null ? new JobStatus() : current.getStatus();
            status.setStartTime(now);
            status.setFailed(1);
            status.setConditions(List.of(condition("FailureTarget", now), condition("Failed", now)));
            current.setStatus(status);
            return current;
        });
    }

    /** What the kubelet does when a stage's container has started. */
    Pod running(Job job) {
        Pod created = pod(job);
        created.setStatus(new PodStatusBuilder()
                .withPhase("Running")
                .addNewContainerStatus()
                .withName("stage")
                .withImage("trainer")
                .withImageID("")
                .withReady(true)
                .withRestartCount(0)
                .withNewState()
                .withNewRunning()
                .withStartedAt(Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
                .endRunning()
                .endState()
                .endContainerStatus()
                .build());
        return client.resource(created).updateStatus();
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
        String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
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
        Pod created = pod(job);
        created.setStatus(new PodStatusBuilder()
                .withPhase("Pending")
                .addNewContainerStatus()
                .withName("stage")
                .withImage("trainer")
                .withImageID("")
                .withReady(false)
                .withRestartCount(0)
                .withNewState()
                .withNewWaiting()
                .withReason("ContainerCreating")
                .endWaiting()
                .endState()
                .endContainerStatus()
                .build());
        return client.resource(created).updateStatus();
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

    private void ended(Pod created, String now, String terminationMessage) {
        created.setStatus(new PodStatusBuilder()
                .withPhase("Succeeded")
                .addNewContainerStatus()
                .withName("stage")
                .withImage("trainer")
                .withImageID("")
                .withReady(false)
                .withRestartCount(0)
                .withNewState()
                .withNewTerminated()
                .withExitCode(0)
                .withReason("Completed")
                .withStartedAt(now)
                .withFinishedAt(now)
                .withMessage(terminationMessage)
                .endTerminated()
                .endState()
                .endContainerStatus()
                .build());
        client.resource(created).updateStatus();
    }

    private static JobCondition condition(String type, String now) {
        return new JobConditionBuilder()
                .withType(type)
                .withStatus("True")
                .withLastProbeTime(now)
                .withLastTransitionTime(now)
                .build();
    }
}
