package io.paft.api.crd;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.StringJoiner;
import java.util.stream.Collectors;

/** The bounds of a field in words. */
final class Bounds {
    /** Empty, or ", more than 0, at most 1" and the like. */
    static String of(JsonNode schema) {
        var words = new StringJoiner(", ", ", ", "").setEmptyValue("");
        if (schema.has("minimum")) {
            boolean open = schema.path("exclusiveMinimum").asBoolean();
            words.add(
                    (open ? "more than " : "at least ") + schema.get("minimum").asText());
        }
        if (schema.has("maximum")) {
            boolean open = schema.path("exclusiveMaximum").asBoolean();
            words.add((open ? "less than " : "at most ") + schema.get("maximum").asText());
        }
        if (schema.has("maxLength")) {
            words.add("at most " + schema.get("maxLength").asText() + " characters");
        }
        if (schema.has("minItems")) {
            words.add("at least " + schema.get("minItems").asText());
        }
        for (String most : new String[] {"maxItems", "maxProperties"}) {
            if (schema.has(most)) {
                words.add("at most " + schema.get(most).asText());
            }
        }
        if (schema.has("pattern")) {
            words.add("`" + schema.get("pattern").asText().replace("|", "\\|") + "`");
        }
        return words.toString();
    }

    /** The constants of an enum in the order of their declaration. */
    static String choices(Class<?> type) {
        return Arrays.stream(type.getEnumConstants())
                .map(constant -> "`" + constant + "`")
                .collect(Collectors.joining(" or "));
    }

    private Bounds() {}
}
