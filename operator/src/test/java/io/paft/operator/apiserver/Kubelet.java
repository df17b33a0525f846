package io.paft.operator.apiserver;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.PodResource;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Writes the statuses of pods that somebody else created, as the kubelet and whoever disrupts pods do. */
final class Kubelet {

    private final KubernetesClient client;

    Kubelet(KubernetesClient client) {
        this.client = client;
    }

    /** The pod of a stage that has not ended. */
    Optional<Pod> open(String namespace, String stage) {
        return client.pods().inNamespace(namespace).withLabel("paft.io/stage", stage).list().getItems().stream()
                .filter(pod ->
                        !List.of("Succeeded", "Failed").contains(pod.getStatus().getPhase()))
                .findFirst();
    }

    void runs(Pod pod) {
        write(
                pod,
                "Running",
                new ContainerStateBuilder()
                        .withNewRunning()
                        .withStartedAt(Workload.now())
                        .endRunning()
                        .build());
    }

    void ends(Pod pod, int exitCode, String message) {
        write(
                pod,
                exitCode == 0 ? "Succeeded" : "Failed",
                new ContainerStateBuilder()
                        .withNewTerminated()
                        .withExitCode(exitCode)
                        .withReason(exitCode == 0 ? "Completed" : "Error")
                        .withStartedAt(started(pod))
                        .withFinishedAt(Workload.now())
                        .withMessage(message)
                        .endTerminated()
                        .build());
    }

    /** What a drain does before it deletes the pod. */
    void disrupts(Pod pod) {
        var condition = new PodConditionBuilder()
                .withType("DisruptionTarget")
                .withStatus("True")
                .withReason("EvictionByEvictionAPI")
                .withMessage("Eviction API: evicting")
                .withLastTransitionTime(Workload.now())
                .build();
        edit(pod, current -> {
            current.getStatus().getConditions().add(condition);
            return current;
        });
    }

    private void write(Pod pod, String phase, ContainerState state) {
        edit(
                pod,
                current -> current.edit()
                        .editStatus()
                        .withPhase(phase)
                        .withContainerStatuses(Workload.container(state))
                        .endStatus()
                        .build());
    }

    /** When the container of a pod started; one that was never seen running has just done so. */
    private String started(Pod pod) {
        return live(pod).get().getStatus().getContainerStatuses().stream()
                .map(status -> status.getState().getRunning().getStartedAt())
                .findFirst()
                .orElseGet(Workload::now);
    }

    /** Again, when the Job controller has written in between. */
    private void edit(Pod pod, UnaryOperator<Pod> change) {
        await().atMost(Duration.ofSeconds(10))
                .ignoreExceptionsMatching(conflict -> conflict instanceof KubernetesClientException e
                        && e.getCode() == HttpURLConnection.HTTP_CONFLICT)
                .until(() -> live(pod).editStatus(change) != null);
    }

    private PodResource live(Pod pod) {
        return client.pods()
                .inNamespace(pod.getMetadata().getNamespace())
                .withName(pod.getMetadata().getName());
    }
}
