package io.paft.operator.apiserver;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The manifests as kubectl applies them, and operators that run with the rights that these give them. */
final class Installed {

    static final String SYSTEM = "paft-system";
    private static final String OPERATOR = "paft-operator";

    private final World world;
    private final Deployment deployment;

    /** @param overlay a folder of manifests/ that kustomize builds */
    Installed(World world, String overlay) {
        this.world = world;
        List<HasMetadata> objects = build(Path.of("..", "manifests", overlay));
        KubernetesClient client = world.client();
        objects.stream()
                .filter(object -> !(object instanceof Deployment || object instanceof CustomResourceDefinition))
                .forEach(object -> {
                    namespace(client, object.getMetadata().getNamespace());
                    client.resource(object).serverSideApply();
                });
        deployment = objects.stream()
                .filter(Deployment.class::isInstance)
                .map(Deployment.class::cast)
                .findFirst()
                .orElseThrow();
    }

    /** A namespace that the manifests name is there already in a real cluster. */
    private static void namespace(KubernetesClient client, @Nullable String name) {
        if (name != null && client.namespaces().withName(name).get() == null) {
            client.resource(new NamespaceBuilder()
                            .withNewMetadata()
                            .withName(name)
                            .endMetadata()
                            .build())
                    .create();
        }
    }

    /**
     * A replica: its pod, as the kubelet knows it, and its process.
     *
     * @param options of the JVM, besides those of the image
     */
    OperatorProcess replica(String pod, String... options) {
        KubernetesClient client = world.client();
        if (client.pods().inNamespace(SYSTEM).withName(pod).get() == null) {
            var template = deployment.getSpec().getTemplate();
            client.resource(new PodBuilder()
                            .withNewMetadata()
                            .withName(pod)
                            .withNamespace(SYSTEM)
                            .withLabels(template.getMetadata().getLabels())
                            .endMetadata()
                            .withSpec(template.getSpec())
                            .build())
                    .create();
        }
        return new OperatorProcess(Access.of(world, SYSTEM, OPERATOR), variables(pod), options);
    }

    boolean isLabelled(String pod) {
        return "true"
                .equals(world.client()
                        .pods()
                        .inNamespace(SYSTEM)
                        .withName(pod)
                        .get()
                        .getMetadata()
                        .getLabels()
                        .get("paft.io/leader"));
    }

    /** What the Deployment gives to its container. */
    private Map<String, String> variables(String pod) {
        var variables = new HashMap<String, String>();
        deployment
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getEnv()
                .forEach(variable -> {
                    String value = variable.getValue();
                    if (variable.getValueFrom() != null) {
                        value = switch (variable.getValueFrom().getFieldRef().getFieldPath()) {
                            case "metadata.namespace" -> SYSTEM;
                            case "metadata.name" -> pod;
                            default -> throw new AssertionError(variable.getName());
                        };
                    }
                    variables.put(variable.getName(), value);
                });
        // Replicas share this machine.
        variables.put("PAFT_PROGRESS_PORT", Integer.toString(OperatorProcess.freePort()));
        return variables;
    }

    private static List<HasMetadata> build(Path folder) {
        try {
            Path output = Files.createTempFile("manifests", ".yaml");
            output.toFile().deleteOnExit();
            int status = new ProcessBuilder(kubectl().toString(), "kustomize", folder.toString())
                    .redirectOutput(output.toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new AssertionError("kubectl kustomize " + folder + " failed");
            }
            try (var objects = new KubernetesClientBuilder().build()) {
                return objects.load(Files.newInputStream(output)).items();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Path kubectl() throws IOException {
        try (Stream<Path> versions = Files.list(Path.of(System.getenv("KUBE_API_TEST_DIR"), "k8s"))) {
            return versions.map(version -> version.resolve("kubectl"))
                    .filter(Files::exists)
                    .max(Path::compareTo)
                    .orElseThrow();
        }
    }
}
