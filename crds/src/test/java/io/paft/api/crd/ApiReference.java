package io.paft.api.crd;

import com.fasterxml.jackson.databind.JsonNode;
import io.paft.api.v1alpha1.PaftPipelineSpec;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Renders the CRD as Markdown: a table per object, in the order of the records, with the rules in words. */
final class ApiReference {
    /** An object of the API: its record and its schema. */
    private record Described(Class<?> type, JsonNode schema) {}

    private final StringBuilder page = new StringBuilder();
    private final Map<String, Described> objects = new LinkedHashMap<>();

    /** The page: an introduction, then the objects of spec and status, depth first. */
    static String render(String introduction, JsonNode crd) {
        JsonNode root = crd.at("/spec/versions/0/schema/openAPIV3Schema");
        var reference = new ApiReference();
        reference.page.append(introduction.strip()).append("\n\n## PaftPipeline\n\n");
        reference.line(root.path("description").asText());
        reference.rules("", root);
        reference.section("spec", PaftPipelineSpec.class, root.at("/properties/spec"));
        reference.section("status", PaftPipelineStatus.class, root.at("/properties/status"));
        return reference.page.toString().strip() + "\n";
    }

    private void section(String title, Class<?> type, JsonNode schema) {
        objects.clear();
        page.append("## ").append(title).append("\n\n");
        line(schema.path("description").asText());
        table(type, schema);
        List<String> done = new ArrayList<>();
        while (done.size() < objects.size()) {
            String next = objects.keySet().stream()
                    .filter(name -> !done.contains(name))
                    .findFirst()
                    .orElseThrow();
            Described object = objects.get(next);
            done.add(next);
            page.append("### ").append(next).append("\n\n");
            table(object.type(), object.schema());
        }
    }

    private void table(Class<?> type, JsonNode schema) {
        page.append("| field | type | meaning |\n|---|---|---|\n");
        for (RecordComponent component : type.getRecordComponents()) {
            JsonNode field = schema.path("properties").path(component.getName());
            page.append("| `%s` | %s%s | %s |\n"
                    .formatted(
                            component.getName(),
                            type(component.getGenericType(), field),
                            required(schema, component.getName()) ? ", **required**" : "",
                            cell(field.path("description").asText())));
        }
        page.append('\n');
        rules("", schema);
        for (RecordComponent component : type.getRecordComponents()) {
            JsonNode field = schema.path("properties").path(component.getName());
            rules("`" + component.getName() + "`", field);
            rules("`" + component.getName() + "[].name`", field.at("/items/properties/name"));
        }
    }

    private void rules(String field, JsonNode schema) {
        JsonNode rules = schema.path("x-kubernetes-validations");
        if (rules.isEmpty() || covered(field, schema)) {
            return;
        }
        page.append(field.isEmpty() ? "Refused with:\n\n" : field + " is refused with:\n\n");
        rules.forEach(rule -> page.append(bullet(rule)).append('\n'));
        page.append('\n');
    }

    /** Rules on the name of a list's items stand with the items, if those have a table of their own. */
    private boolean covered(String field, JsonNode schema) {
        return field.endsWith("[].name`")
                && objects.values().stream()
                        .anyMatch(
                                object -> object.schema().at("/properties/name").equals(schema));
    }

    private String type(Type type, JsonNode schema) {
        if (type instanceof ParameterizedType generic && generic.getRawType() == List.class) {
            return "list%s of %s"
                            .formatted(listType(schema), type(generic.getActualTypeArguments()[0], schema.get("items")))
                    + Bounds.of(schema);
        }
        if (type instanceof ParameterizedType) {
            String values = schema.at("/additionalProperties/type").asText("anything");
            return "map of %s%s".formatted(values, Bounds.of(schema));
        }
        Class<?> plain = (Class<?>) type;
        if (plain.isRecord()) {
            objects.putIfAbsent(plain.getSimpleName(), new Described(plain, schema));
            return "[%s](#%s)"
                    .formatted(plain.getSimpleName(), plain.getSimpleName().toLowerCase(Locale.ROOT));
        }
        if (schema.has("enum")) {
            return Bounds.choices(plain);
        }
        if (schema.path("type").asText().equals("object")) {
            return "Kubernetes' " + plain.getSimpleName();
        }
        return schema.path("type").asText() + Bounds.of(schema);
    }

    private static String listType(JsonNode schema) {
        String type = schema.path("x-kubernetes-list-type").asText();
        return switch (type) {
            case "map" -> " (by `" + schema.at("/x-kubernetes-list-map-keys/0").asText() + "`)";
            case "set" -> " (each once)";
            default -> "";
        };
    }

    private static boolean required(JsonNode schema, String field) {
        for (JsonNode name : schema.path("required")) {
            if (name.asText().equals(field)) {
                return true;
            }
        }
        return false;
    }

    private void line(String text) {
        page.append(text).append("\n\n");
    }

    static String bullet(JsonNode rule) {
        return "- " + Sentences.of(rule).replace("<", "&lt;");
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*");
    }

    private ApiReference() {}
}
