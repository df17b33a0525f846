package io.paft.operator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.paft.api.v1alpha1.PaftPipeline;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads test resources the way the API server's JSON is read. */
public final class Yaml {

    private static final Path RESOURCES = Path.of("src/test/resources");

    private static final KubernetesSerialization KUBERNETES = new KubernetesSerialization(new ObjectMapper(), true);

    private Yaml() {}

    public static <T> T read(String yaml, Class<T> type) {
        return KUBERNETES.unmarshal(yaml, type);
    }

    /** An object of the type that its {@code kind} names. */
    public static Object read(String yaml) {
        return KUBERNETES.unmarshal(yaml);
    }

    public static String write(Object value) {
        return KUBERNETES.asYaml(value);
    }

    public static String json(Object value) {
        return KUBERNETES.asJson(value);
    }

    public static <T> T convert(Object value, Class<T> type) {
        return KUBERNETES.convertValue(value, type);
    }

    public static Path resource(String path) {
        return RESOURCES.resolve(path);
    }

    public static PaftPipeline pipeline(String path) {
        return read(text(resource(path)), PaftPipeline.class);
    }

    public static JsonNode tree(Path file) {
        return read(text(file), JsonNode.class);
    }

    public static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
