package io.paft.operator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The processes of a pod of the local cluster, which are processes of this machine. */
record PodProcesses(List<ProcessHandle> processes) {

    static PodProcesses of(Pod pod) {
        String uid = pod.getMetadata().getUid();
        List<ProcessHandle> found = ProcessHandle.allProcesses()
                .filter(process -> isIn(process, uid))
                .toList();
        assertThat(found)
                .as(
                        "processes of %s on this machine; the tests need the local cluster",
                        pod.getMetadata().getName())
                .isNotEmpty();
        return new PodProcesses(found);
    }

    /** @param name without SIG */
    void signal(String name) {
        var command = new ArrayList<>(List.of("kill", "-s", name));
        processes.forEach(process -> command.add(Long.toString(process.pid())));
        try {
            int code = new ProcessBuilder(command).inheritIO().start().waitFor();
            assertThat(code).as(String.join(" ", command)).isZero();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
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
