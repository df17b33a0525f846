package io.paft.api.crd;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a change of the CRD would break for objects that are already stored or written: anything that was accepted and would be
 * refused, dropped or defaulted differently. Wider is compatible, narrower is not.
 */
final class Compatibility {
    private static final List<String> LOWER_BOUNDS = List.of("minimum", "minLength", "minItems", "minProperties");
    private static final List<String> UPPER_BOUNDS = List.of("maximum", "maxLength", "maxItems", "maxProperties");
    private static final List<String> FIXED = List.of(
            "default",
            "x-kubernetes-list-type",
            "x-kubernetes-list-map-keys",
            "x-kubernetes-map-type",
            "x-kubernetes-preserve-unknown-fields",
            "x-kubernetes-int-or-string");

    private final List<String> problems = new ArrayList<>();

    /** One sentence per incompatible change from {@code before} to {@code after}, both whole CRDs. */
    static List<String> problems(JsonNode before, JsonNode after) {
        var compatibility = new Compatibility();
        for (String field : List.of("/spec/group", "/spec/scope", "/spec/names/kind", "/spec/names/plural")) {
            compatibility.same(field, before.at(field), after.at(field));
        }
        for (JsonNode version : before.at("/spec/versions")) {
            compatibility.version(version, after.at("/spec/versions"));
        }
        return compatibility.problems;
    }

    private void version(JsonNode before, JsonNode candidates) {
        String name = before.path("name").asText();
        for (JsonNode after : candidates) {
            if (after.path("name").asText().equals(name) && after.path("served").asBoolean()) {
                schema(name, before.at("/schema/openAPIV3Schema"), after.at("/schema/openAPIV3Schema"));
                return;
            }
        }
        problems.add(name + ": is no longer served");
    }

    private void schema(String path, JsonNode before, JsonNode after) {
        type(path, before, after);
        bounds(path, before, after);
        enumeration(path, before, after);
        rules(path, before, after);
        FIXED.forEach(field -> same(path + ": " + field, before.path(field), after.path(field)));
        if (after.has("pattern") && !after.path("pattern").equals(before.path("pattern"))) {
            problems.add(path + ": pattern was added or changed");
        }
        required(path, before, after);
        for (var property : before.path("properties").properties()) {
            String child = path + "." + property.getKey();
            JsonNode now = after.path("properties").path(property.getKey());
            if (now.isMissingNode()) {
                problems.add(child + ": was removed");
            } else {
                schema(child, property.getValue(), now);
            }
        }
        children(path + "[]", before.path("items"), after.path("items"));
        children(path + "{}", before.path("additionalProperties"), after.path("additionalProperties"));
    }

    private void children(String path, JsonNode before, JsonNode after) {
        if (before.isObject() && after.isObject()) {
            schema(path, before, after);
        } else if (before.isObject() != after.isObject()) {
            problems.add(path + ": was added or removed");
        }
    }

    private void type(String path, JsonNode before, JsonNode after) {
        String was = before.path("type").asText();
        String is = after.path("type").asText();
        boolean wider = was.equals("integer") && is.equals("number");
        if (!was.equals(is) && !wider) {
            problems.add("%s: type was %s, is %s".formatted(path, was, is));
        }
    }

    private void bounds(String path, JsonNode before, JsonNode after) {
        for (String bound : LOWER_BOUNDS) {
            if (after.has(bound)
                    && (!before.has(bound)
                            || after.get(bound).asDouble() > before.get(bound).asDouble())) {
                problems.add(path + ": " + bound + " was added or raised");
            }
        }
        for (String bound : UPPER_BOUNDS) {
            if (after.has(bound)
                    && (!before.has(bound)
                            || after.get(bound).asDouble() < before.get(bound).asDouble())) {
                problems.add(path + ": " + bound + " was added or lowered");
            }
        }
        for (String exclusive : List.of("exclusiveMinimum", "exclusiveMaximum")) {
            if (after.path(exclusive).asBoolean() && !before.path(exclusive).asBoolean()) {
                problems.add(path + ": " + exclusive + " was added");
            }
        }
    }

    private void enumeration(String path, JsonNode before, JsonNode after) {
        if (!after.has("enum")) {
            return;
        }
        var removed = texts(before.path("enum"));
        removed.removeAll(texts(after.path("enum")));
        if (!before.has("enum")) {
            problems.add(path + ": enum was added");
        } else if (!removed.isEmpty()) {
            problems.add(path + ": enum lost " + String.join(", ", removed));
        }
    }

    private void rules(String path, JsonNode before, JsonNode after) {
        var known = new TreeSet<String>();
        before.path("x-kubernetes-validations")
                .forEach(rule -> known.add(rule.path("rule").asText()));
        for (JsonNode rule : after.path("x-kubernetes-validations")) {
            String text = rule.path("rule").asText();
            // One about what was there before refuses edits; what is written or stored it accepts.
            if (!known.contains(text) && !text.contains("oldSelf")) {
                problems.add(path + ": rule was added or changed: " + text);
            }
        }
    }

    private void required(String path, JsonNode before, JsonNode after) {
        var added = texts(after.path("required"));
        added.removeAll(texts(before.path("required")));
        added.forEach(field -> problems.add(path + "." + field + ": is required now"));
    }

    private void same(String what, JsonNode before, JsonNode after) {
        if (!Objects.equals(before, after) && !(before instanceof MissingNode && after instanceof MissingNode)) {
            problems.add("%s was %s, is %s".formatted(what, before, after));
        }
    }

    private static Set<String> texts(JsonNode array) {
        var texts = new TreeSet<String>();
        array.forEach(value -> texts.add(value.asText()));
        return texts;
    }

    private Compatibility() {}
}
