package io.paft.merge.stage;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The stage document, checked.
 *
 * @param node name in the graph
 * @param key identity of the result, 64 hex digits
 * @param workspace absolute
 * @param output absolute; {@code merge/<key>} in the workspace
 * @param inputs by name
 * @param parameters as a person wrote them
 * @param pipeline {@code namespace/name} of who asked, for log lines only
 */
record StageDocument(
        String node,
        String key,
        Path workspace,
        Path output,
        Map<String, StageInput> inputs,
        ObjectNode parameters,
        ObjectNode askedInputs,
        String pipeline) {
    static final String API_VERSION = "paft.io/v1alpha1";
    static final String KIND = "merge";
    private static final Pattern KEY = Pattern.compile("[0-9a-f]{64}");

    StageDocument {
        inputs = Map.copyOf(inputs);
    }

    /**
     * Reads a document. Unknown fields are ignored, so that a newer operator can add some.
     *
     * @throws MergeException InvalidStage with what is wrong
     */
    static StageDocument parse(@Nullable String text) {
        if (text == null || text.isBlank()) {
            throw invalid("the environment variable PAFT_STAGE is missing or empty");
        }
        ObjectNode root = object(text);
        if (!root.path("apiVersion").asText().equals(API_VERSION)) {
            throw invalid("PAFT_STAGE: apiVersion is " + root.path("apiVersion") + "; this image reads " + API_VERSION);
        }
        String kind = text(root, "kind", "kind");
        if (!kind.equals(KIND)) {
            throw invalid("this image does not run stages of kind " + kind + ", only " + KIND
                    + ": use the trainer image for it");
        }
        String key = key(root, "key");
        Path workspace = path(text(root, "workspace", "workspace"), "workspace");
        if (!workspace.isAbsolute()) {
            throw invalid("PAFT_STAGE: workspace " + workspace + " is not an absolute path");
        }
        String output = text(root, "output", "output");
        if (!output.equals(KIND + "/" + key)) {
            throw invalid("PAFT_STAGE: output is " + output + ", but must be " + KIND + "/" + key);
        }
        ObjectNode asked = object(root, "inputs");
        Map<String, StageInput> inputs = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : asked.properties()) {
            inputs.put(entry.getKey(), input(workspace, "inputs." + entry.getKey(), entry.getValue()));
        }
        return new StageDocument(
                text(root, "node", "node"),
                key,
                workspace,
                workspace.resolve(output),
                inputs,
                object(root, "parameters"),
                asked,
                root.path("namespace").asText() + "/" + root.path("pipeline").asText());
    }

    /** The input of this name. Throws InvalidStage when the document lacks it. */
    StageInput input(String name) {
        StageInput found = inputs.get(name);
        if (found == null) {
            throw invalid("PAFT_STAGE: a stage of kind merge needs the input " + name);
        }
        return found;
    }

    /** A path as a person knows it: relative to the workspace where it lies in there. */
    String display(Path path) {
        return path.startsWith(workspace) ? workspace.relativize(path).toString() : path.toString();
    }

    private static StageInput input(Path workspace, String where, JsonNode node) {
        if (!(node instanceof ObjectNode value)) {
            throw invalid("PAFT_STAGE: " + where + " must be an object");
        }
        Path path = path(text(value, "path", where + ".path"), where + ".path");
        for (Path part : path) {
            if (part.toString().equals("..")) {
                throw invalid("PAFT_STAGE: " + where + ".path " + path + " must not contain '..'");
            }
        }
        Path absolute = workspace.resolve(path);
        if (value.has("uri")) {
            return new StageInput(absolute, text(value, "uri", where + ".uri"), null, value);
        }
        key(value, where + ".key");
        return new StageInput(absolute, null, text(value, "stage", where + ".stage"), value);
    }

    private static String key(ObjectNode node, String where) {
        String key = text(node, "key", where);
        if (!KEY.matcher(key).matches()) {
            throw invalid("PAFT_STAGE: " + where + " " + key + " is not 64 hexadecimal digits");
        }
        return key;
    }

    private static String text(ObjectNode node, String field, String where) {
        JsonNode value = node.path(field);
        if (!value.isTextual() || value.asText().isEmpty()) {
            throw invalid("PAFT_STAGE: the field " + where + " is missing or not a string");
        }
        return value.asText();
    }

    private static ObjectNode object(ObjectNode node, String field) {
        if (node.path(field) instanceof ObjectNode object) {
            return object;
        }
        throw invalid("PAFT_STAGE: the field " + field + " is missing or not an object");
    }

    private static ObjectNode object(String text) {
        try {
            if (Json.MAPPER.readTree(text) instanceof ObjectNode object) {
                return object;
            }
            throw invalid("PAFT_STAGE must be a JSON object");
        } catch (JsonProcessingException e) {
            throw invalid("PAFT_STAGE is not JSON: " + e.getOriginalMessage());
        }
    }

    private static Path path(String text, String where) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw invalid("PAFT_STAGE: " + where + " is not a path");
        }
    }

    private static MergeException invalid(String what) {
        return new MergeException(Reason.InvalidStage, what + ".");
    }
}
