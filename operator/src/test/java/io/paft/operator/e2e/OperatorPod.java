package io.paft.operator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
        List<ProcessHandle> processes = processes(pod.getMetadata().getUid());
        assertThat(processes)
                .as("processes of the operator on this machine; the tests need the local cluster")
                .isNotEmpty();
        processes.forEach(ProcessHandle::destroyForcibly);
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

    private static List<ProcessHandle> processes(String podUid) {
        return ProcessHandle.allProcesses()
                .filter(process -> isIn(process, podUid))
                .toList();
    }

    /** The kubelet names a pod's control group after its UID; systemd's driver writes it with underscores. */
    private static boolean isIn(ProcessHandle process, String podUid) {
        try {
            String groups = Files.readString(Path.of("/proc", Long.toString(process.pid()), "cgroup"));
            return groups.contains(podUid) || groups.contains(podUid.replace('-', '_'));
        } catch (IOException e) {
            // It has ended since.
            return false;
        }
    }
}
