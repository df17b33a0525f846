package io.paft.api.apiserver;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads the YAML files of the tests. */
final class Manifests {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final Path RESOURCES = Path.of("src/test/resources");

    static List<Path> files(String folder) throws IOException {
        return files(RESOURCES.resolve(folder));
    }

    static List<Path> files(Path folder) throws IOException {
        try (var entries = Files.list(folder)) {
            return entries.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        }
    }

    static GenericKubernetesResource read(Path file) throws IOException {
        return resource(YAML.readTree(file.toFile()));
    }

    /** Every document of a file. */
    static List<GenericKubernetesResource> readAll(Path file) throws IOException {
        List<GenericKubernetesResource> resources = new ArrayList<>();
        try (var documents = YAML.readerFor(JsonNode.class).<JsonNode>readValues(file.toFile())) {
            while (documents.hasNext()) {
                resources.add(resource(documents.next()));
            }
        }
        return resources;
    }

    static GenericKubernetesResource minimal() throws IOException {
        return read(RESOURCES.resolve("valid/minimal.yaml"));
    }

    /** The minimal valid pipeline with a file merged into it: objects field by field, null removes, all else replaces. */
    static GenericKubernetesResource mergedIntoMinimal(Path file) throws IOException {
        ObjectNode minimal = (ObjectNode)
                YAML.readTree(RESOURCES.resolve("valid/minimal.yaml").toFile());
        merge(minimal, YAML.readTree(file.toFile()));
        return resource(minimal);
    }

    static JsonNode tree(Object value) {
        return YAML.valueToTree(value);
    }

    /** An object with one more field. */
    static JsonNode with(Object object, String field, String yaml) throws IOException {
        ObjectNode tree = YAML.valueToTree(object);
        return tree.set(field, YAML.readTree(yaml));
    }

    /** The same tree with every number as a decimal one: 1 and 1.0 are the same to everybody who reads the API. */
    static JsonNode sameNumbers(JsonNode node) {
        if (node.isNumber()) {
            return DoubleNode.valueOf(node.asDouble());
        }
        if (node instanceof ObjectNode object) {
            object.properties().forEach(field -> field.setValue(sameNumbers(field.getValue())));
        }
        if (node instanceof ArrayNode array) {
            for (int i = 0; i < array.size(); i++) {
                array.set(i, sameNumbers(array.get(i)));
            }
        }
        return node;
    }

    private static void merge(ObjectNode target, JsonNode patch) {
        for (var field : patch.properties()) {
            JsonNode value = field.getValue();
            if (value.isNull()) {
                target.remove(field.getKey());
            } else if (value.isObject()) {
                merge(target.withObjectProperty(field.getKey()), value);
            } else {
                target.set(field.getKey(), value);
            }
        }
    }

    private static GenericKubernetesResource resource(JsonNode tree) {
        return YAML.convertValue(tree, GenericKubernetesResource.class);
    }

    private Manifests() {}
}
