package io.paft.operator.apiserver;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** Kubernetes' own Job controller beside a {@link World}; the kubelet is still the test. */
final class JobController implements AutoCloseable {

    private final Process process;

    /** @param folder for its configuration and its log */
    JobController(World world, Path folder) {
        try {
            Path config = Files.writeString(folder.resolve("kubeconfig.yaml"), world.kubeconfig());
            File log = folder.resolve("kube-controller-manager.log").toFile();
            process = new ProcessBuilder(
                            program().toString(),
                            "--kubeconfig=" + config,
                            "--controllers=job-controller",
                            "--leader-elect=false",
                            "--secure-port=0")
                    .redirectErrorStream(true)
                    .redirectOutput(log)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path program() throws IOException {
        Path binaries = Path.of(Objects.requireNonNull(System.getenv("KUBE_API_TEST_DIR")), "k8s");
        try (var versions = Files.list(binaries)) {
            return versions.map(version -> version.resolve("kube-controller-manager"))
                    .filter(Files::isExecutable)
                    .max(Path::compareTo)
                    .orElseThrow(() -> new IllegalStateException("no kube-controller-manager below " + binaries
                            + ": `dev/cluster/cluster binaries` builds one"));
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
