package io.paft.operator.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.operator.Yaml;

/** A pipeline as a person has it in a file, to be edited field by field. Every edit is a new file. */
final class Pipeline {

    private final ObjectNode root;

    private Pipeline(ObjectNode root) {
        this.root = root;
    }

    /** Of a file in {@code src/test/resources/e2e}. */
    static Pipeline of(String file) {
        return new Pipeline((ObjectNode) Yaml.tree(Yaml.resource("e2e/" + file)));
    }

    String name() {
        return root.at("/metadata/name").textValue();
    }

    Pipeline named(String name) {
        return with("metadata.name", name);
    }

    /** @param path such as {@code spec.merge.candidates.0.sft.weight} */
    Pipeline with(String path, Object value) {
        ObjectNode copy = root.deepCopy();
        int last = path.lastIndexOf('.');
        var parent = copy.at("/" + path.substring(0, last).replace('.', '/'));
        if (!(parent instanceof ObjectNode object)) {
            throw new IllegalArgumentException("no object at " + path);
        }
        object.set(path.substring(last + 1), Yaml.convert(value, JsonNode.class));
        return new Pipeline(copy);
    }

    Pipeline without(String path) {
        ObjectNode copy = root.deepCopy();
        int last = path.lastIndexOf('.');
        ((ObjectNode) copy.at("/" + path.substring(0, last).replace('.', '/'))).remove(path.substring(last + 1));
        return new Pipeline(copy);
    }

    String yaml() {
        return Yaml.write(root);
    }
}
