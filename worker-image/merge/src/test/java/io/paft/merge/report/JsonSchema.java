package io.paft.merge.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** As much of JSON Schema as docs/merge-report.schema.json uses; a keyword that it does not know is an error. */
final class JsonSchema {
    private static final Set<String> KNOWN = Set.of(
            "$schema",
            "$defs",
            "$ref",
            "title",
            "type",
            "required",
            "additionalProperties",
            "properties",
            "items",
            "const",
            "minimum",
            "maximum");

    private final JsonNode root;

    JsonSchema(JsonNode root) {
        this.root = root;
    }

    /** What is wrong with a document. */
    List<String> errors(JsonNode document) {
        List<String> errors = new ArrayList<>();
        check(root, document, "", errors);
        return errors;
    }

    /** Names of all properties. */
    Set<String> properties() {
        Set<String> names = new TreeSet<>();
        addProperties(root, names);
        return names;
    }

    private static void addProperties(JsonNode node, Set<String> names) {
        node.path("properties").fieldNames().forEachRemaining(names::add);
        node.forEach(child -> addProperties(child, names));
    }

    private void check(JsonNode schema, JsonNode value, String at, List<String> errors) {
        for (Map.Entry<String, JsonNode> keyword : schema.properties()) {
            JsonNode rule = keyword.getValue();
            if (!KNOWN.contains(keyword.getKey())) {
                throw new IllegalArgumentException("keyword " + keyword.getKey());
            }
            boolean good = switch (keyword.getKey()) {
                case "type" -> isOfType(rule, value);
                case "const" -> rule.equals(value);
                case "minimum" -> !value.isNumber() || value.doubleValue() >= rule.doubleValue();
                case "maximum" -> !value.isNumber() || value.doubleValue() <= rule.doubleValue();
                case "required" -> hasAll(rule, value);
                case "additionalProperties" ->
                    value.properties().stream()
                            .allMatch(field -> schema.path("properties").has(field.getKey()));
                default -> true;
            };
            if (!good) {
                errors.add(at + ": " + keyword);
            }
        }
        if (schema.has("$ref")) {
            check(root.at(schema.path("$ref").asText().substring(1)), value, at, errors);
        }
        for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            if (value.has(property.getKey())) {
                check(property.getValue(), value.path(property.getKey()), at + "/" + property.getKey(), errors);
            }
        }
        for (int i = 0; schema.has("items") && i < value.size(); i++) {
            check(schema.path("items"), value.path(i), at + "/" + i, errors);
        }
    }

    private static boolean hasAll(JsonNode names, JsonNode value) {
        boolean all = true;
        for (JsonNode name : names) {
            all &= value.has(name.asText());
        }
        return all;
    }

    private static boolean isOfType(JsonNode types, JsonNode value) {
        if (types.isTextual()) {
            return switch (types.asText()) {
                case "object" -> value.isObject();
                case "array" -> value.isArray();
                case "string" -> value.isTextual();
                case "integer" -> value.isIntegralNumber();
                case "number" -> value.isNumber();
                case "null" -> value.isNull();
                default -> throw new IllegalArgumentException("type " + types);
            };
        }
        boolean one = false;
        for (JsonNode type : types) {
            one |= isOfType(type, value);
        }
        return one;
    }
}
