package io.paft.api.apiserver;

import io.fabric8.kubeapitest.KubeAPIServer;
import io.fabric8.kubeapitest.KubeAPIServerConfigBuilder;
import io.fabric8.kubeapitest.KubeAPITestException;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.FieldValidateable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One API server (and etcd) for all tests of this run, with the checked-in CRD installed; stopped with the JVM. */
final class ApiServer {
    static final String NAMESPACE = "paft-test";

    private static final String MISSING =
            "KUBE_API_TEST_DIR must name the directory with k8s/<version>-linux-amd64/{kube-apiserver,etcd,kubectl}:"
                    + " build them with `dev/cluster/cluster binaries` and run the tests through `make`, which sets it";

    private static @Nullable ApiServer instance;
    private static @Nullable String failure;

    private final KubeAPIServer server;
    private final KubernetesClient client;
    private final Path kubectl;
    private final Path kubeconfig;

    static synchronized ApiServer get() {
        if (failure != null) {
            throw new IllegalStateException("the API server of this run did not come up: " + failure);
        }
        if (instance == null) {
            try {
                instance = new ApiServer();
            } catch (RuntimeException e) {
                // Or every test would start a server of its own, for the same answer.
                failure = String.valueOf(e.getMessage());
                throw e;
            }
        }
        return instance;
    }

    private ApiServer() {
        Path directory = directory();
        server = start(directory);
        Runtime.getRuntime().addShutdownHook(new Thread(server::stop));
        client = new KubernetesClientBuilder()
                .withConfig(Config.fromKubeconfig(server.getKubeConfigYaml()))
                .build();
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(NAMESPACE)
                        .endMetadata()
                        .build())
                .create();
        client.resource(crd()).create();
        client.resource(crd()).waitUntilCondition(ApiServer::established, 30, TimeUnit.SECONDS);
        try {
            kubectl = newest(directory.resolve("k8s")).resolve("kubectl");
            kubeconfig = Files.createTempFile("kubeconfig", ".yaml");
            Files.writeString(kubeconfig, server.getKubeConfigYaml());
            kubeconfig.toFile().deleteOnExit();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    KubernetesClient client() {
        return client;
    }

    CustomResourceDefinition crd() {
        return client.apiextensions()
                .v1()
                .customResourceDefinitions()
                .load(Path.of("paftpipelines.paft.io.yaml").toFile())
                .item();
    }

    /** What the server would store; refuses unknown fields, as kubectl does. */
    HasMetadata dryRunCreate(GenericKubernetesResource resource) {
        return client.resource(resource)
                .inNamespace(NAMESPACE)
                .dryRun()
                .fieldValidation(FieldValidateable.Validation.STRICT)
                .create();
    }

    void create(GenericKubernetesResource resource) {
        client.resource(resource).inNamespace(NAMESPACE).create();
    }

    /** What the server would store in place of what is there. */
    HasMetadata dryRunUpdate(GenericKubernetesResource resource) {
        return client.resource(resource).inNamespace(NAMESPACE).dryRun().update();
    }

    void delete(GenericKubernetesResource resource) {
        client.resource(resource).inNamespace(NAMESPACE).delete();
    }

    /** Runs kubectl of the server's version and returns everything it prints. */
    String kubectl(String... arguments) throws IOException, InterruptedException {
        String[] command = new String[arguments.length + 3];
        command[0] = kubectl.toString();
        command[1] = "--kubeconfig";
        command[2] = kubeconfig.toString();
        System.arraycopy(arguments, 0, command, 3, arguments.length);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output;
    }

    /**
     * The library picks ports that are free now and may be taken a moment later, and takes a connection that the
     * starting server resets for the end: neither says anything about what is tested.
     */
    private static KubeAPIServer start(Path directory) {
        KubeAPITestException last = null;
        for (int attempt = 0; attempt < 3; attempt++) {
            var server = new KubeAPIServer(KubeAPIServerConfigBuilder.anAPIServerConfig()
                    .withTestDir(directory.toString())
                    .withOfflineMode(true)
                    .withUpdateKubeConfig(false)
                    .build());
            try {
                server.start();
                return server;
            } catch (KubeAPITestException e) {
                server.stop();
                last = e;
            }
        }
        throw new IllegalStateException("kube-apiserver did not start in three attempts", last);
    }

    private static Path directory() {
        String directory = System.getenv("KUBE_API_TEST_DIR");
        if (directory == null || !Files.isDirectory(Path.of(directory, "k8s"))) {
            throw new IllegalStateException(MISSING + " (now: " + directory + ")");
        }
        return Path.of(directory);
    }

    private static Path newest(Path versions) throws IOException {
        try (var entries = Files.list(versions)) {
            return entries.filter(entry -> Files.exists(entry.resolve("kubectl")))
                    .max(Comparator.naturalOrder())
                    .orElseThrow(() -> new IllegalStateException(MISSING));
        }
    }

    private static boolean established(CustomResourceDefinition crd) {
        return crd.getStatus() != null
                && crd.getStatus().getConditions() != null
                && crd.getStatus().getConditions().stream()
                        .anyMatch(condition -> condition.getType().equals("Established")
                                && condition.getStatus().equals("True"));
    }
}
