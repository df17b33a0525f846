package io.paft.operator.e2e;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.util.List;

/** The operator as it runs in {@code paft-system}. */
final class OperatorPod {

    static final String NAMESPACE = "paft-system";

    private static final String LABEL = "app.kubernetes.io/name";

    private final KubernetesClient client;

    OperatorPod(KubernetesClient client) {
        this.client = client;
    }

    Pod pod() {
        return pods().stream()
                .filter(pod -> pod.getMetadata().getDeletionTimestamp() == null)
                .findFirst()
                .orElseThrow(() -> new AssertionError(
                        "no operator in " + NAMESPACE + ": install it with dev/e2e/run, or kubectl apply -k"));
    }

    /**
     * SIGKILL for its processes, which gives it no chance to finish or to say goodbye. Then the pod is removed, so that a new
     * one comes at once instead of after the kubelet's back-off.
     *
     * @return the pod that was killed
     */
    Pod kill() {
        Pod pod = pod();
        PodProcesses.of(pod).signal("KILL");
        client.resource(pod).withGracePeriod(0).delete();
        return pod;
    }

    boolean isReadyAfter(Pod killed) {
        return pods().stream()
                .filter(pod ->
                        !pod.getMetadata().getUid().equals(killed.getMetadata().getUid()))
                .anyMatch(Readiness::isPodReady);
    }

    private List<Pod> pods() {
        return client.pods()
                .inNamespace(NAMESPACE)
                .withLabel(LABEL, "paft-operator")
                .list()
                .getItems();
    }

    String log() {
        return client.pods().resource(pod()).tailingLines(60).getLog();
    }
}
