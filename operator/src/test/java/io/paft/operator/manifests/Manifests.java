package io.paft.operator.manifests;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Reads the YAML files as kubectl and kustomize would. */
final class Manifests {

    static final Path ROOT = Path.of("..", "manifests");
    static final Path BASE = ROOT.resolve("base");
    static final Path LOCAL = ROOT.resolve("overlays/local");

    private static final Path DEMO = Path.of("..", "dev", "demo");
    private static final KubernetesSerialization YAML = new KubernetesSerialization();

    /** An object and where it stands. */
    record Entry(Path file, HasMetadata object) {

        @Override
        public String toString() {
            return file + " " + object.getKind() + " " + object.getMetadata().getName();
        }
    }

    /** Every whole object of the project; the partial ones that kustomize merges into others are left out. */
    static List<Entry> all() {
        List<Path> files = Stream.of(ROOT, DEMO).flatMap(Manifests::yamlFiles).toList();
        Set<Path> patches = new HashSet<>();
        files.stream().filter(Manifests::isKustomization).forEach(file -> patches.addAll(patchesOf(file)));
        return files.stream()
                .filter(file -> !isKustomization(file) && !patches.contains(file))
                .flatMap(file -> objects(file).map(object -> new Entry(file, object)))
                .toList();
    }

    static List<Entry> in(Path directory) {
        return all().stream()
                .filter(entry -> entry.file().startsWith(directory))
                .toList();
    }

    static <R extends HasMetadata> R base(Class<R> type, String name) {
        return in(BASE).stream()
                .map(Entry::object)
                .filter(type::isInstance)
                .map(type::cast)
                .filter(object -> object.getMetadata().getName().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + type.getSimpleName() + " " + name + " in " + BASE));
    }

    static <R> R read(Path file, Class<R> type) {
        return YAML.unmarshal(text(file), type);
    }

    static Optional<PodSpec> podSpec(HasMetadata object) {
        return switch (object) {
            case Deployment deployment ->
                Optional.of(deployment.getSpec().getTemplate().getSpec());
            case Job job -> Optional.of(job.getSpec().getTemplate().getSpec());
            case Pod pod -> Optional.of(pod.getSpec());
            default -> Optional.empty();
        };
    }

    private static Stream<HasMetadata> objects(Path file) {
        return Arrays.stream(text(file).split("(?m)^---.*$", -1))
                .filter(document -> document.lines().anyMatch(line -> !line.isBlank() && !line.startsWith("#")))
                .map(document -> object(file, document));
    }

    private static HasMetadata object(Path file, String document) {
        Object read = YAML.unmarshal(document);
        if (read instanceof HasMetadata object) {
            return object;
        }
        throw new AssertionError(file + ": not a Kubernetes object: " + document.strip());
    }

    private static boolean isKustomization(Path file) {
        return file.endsWith("kustomization.yaml");
    }

    private static List<Path> patchesOf(Path kustomization) {
        Object patches = read(kustomization, GenericKubernetesResource.class)
                .getAdditionalProperties()
                .getOrDefault("patches", List.of());
        return ((List<?>) patches)
                .stream()
                        .map(patch -> ((Map<?, ?>) patch).get("path"))
                        .map(path -> kustomization
                                .resolveSibling(String.valueOf(path))
                                .normalize())
                        .toList();
    }

    private static Stream<Path> yamlFiles(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files
                    .filter(file -> file.toString().endsWith(".yaml")
                            && !file.toString().contains("/.out/"))
                    .sorted()
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Manifests() {}
}
