package io.paft.api.crd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.paft.api.v1alpha1.PaftPipelineSpec;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the compiler cannot see: that the schema says of every component of every record what the record says. */
class RecordsTest {
    /** A component and the schema of its field. */
    private record Field(String path, RecordComponent component, JsonNode owner, JsonNode schema) {
        @Override
        public String toString() {
            return path;
        }
    }

    @Test
    void everyFieldIsDescribedByASentence() throws IOException {
        assertThat(fields())
                .allSatisfy(
                        field -> assertThat(field.schema().path("description").asText())
                                .as(field.path())
                                .hasSizeGreaterThan(10)
                                .endsWith("."));
    }

    @Test
    void whatIsNotNullableIsRequired() throws IOException {
        assertThat(fields())
                .allSatisfy(field -> assertThat(required(field))
                        .as("%s: @Required on exactly what is not @Nullable", field.path())
                        .isEqualTo(!field.component().getAnnotatedType().isAnnotationPresent(Nullable.class)));
    }

    @Test
    void optionalFieldsOfTheSpecSayTheirDefault() throws IOException {
        assertThat(fields())
                .filteredOn(field -> field.path().startsWith("spec.") && !required(field))
                .filteredOn(field -> !List.of("pod", "rerun", "hyperparameters")
                        .contains(field.component().getName()))
                .allSatisfy(
                        field -> assertThat(field.schema().path("description").asText())
                                .as(field.path())
                                .contains("Default"));
    }

    @Test
    void textsAndListsOfTheSpecAreBounded() throws IOException {
        assertThat(fields())
                .filteredOn(field -> field.path().startsWith("spec."))
                .filteredOn(field -> !field.schema().has("enum"))
                .allSatisfy(field -> {
                    String bound = switch (field.schema().path("type").asText()) {
                        case "string" -> "maxLength";
                        case "array" -> "maxItems";
                        case "integer", "number" -> "maximum";
                        case "object" -> field.schema().has("additionalProperties") ? "maxProperties" : "type";
                        default -> "type";
                    };
                    assertThat(field.schema().has(bound))
                            .as("%s has %s", field.path(), bound)
                            .isTrue();
                });
    }

    @Test
    void onlyTheStatusHasADefault() throws IOException {
        assertThat(schema().findParents("default"))
                .singleElement()
                .satisfies(
                        owner -> assertThat(owner.get("default").toString()).isEqualTo("{\"observedGeneration\":-1}"));
    }

    private static boolean required(Field field) {
        for (JsonNode name : field.owner().path("required")) {
            if (name.asText().equals(field.component().getName())) {
                return true;
            }
        }
        return false;
    }

    private static JsonNode schema() throws IOException {
        return CrdFile.YAML.readTree(CrdFile.generate()).at("/spec/versions/0/schema/openAPIV3Schema");
    }

    private static List<Field> fields() throws IOException {
        JsonNode properties = schema().get("properties");
        List<Field> fields = new ArrayList<>();
        collect("spec", PaftPipelineSpec.class, properties.get("spec"), fields);
        collect("status", PaftPipelineStatus.class, properties.get("status"), fields);
        assertThat(fields).hasSizeGreaterThan(100);
        return fields;
    }

    private static void collect(String path, Class<?> type, JsonNode schema, List<Field> fields) {
        for (RecordComponent component : type.getRecordComponents()) {
            String child = path + "." + component.getName();
            JsonNode property = schema.path("properties").path(component.getName());
            fields.add(new Field(child, component, schema, property));
            if (component.getType().isRecord()) {
                collect(child, component.getType(), property, fields);
            } else if (item(component.getGenericType()) instanceof Class<?> item && item.isRecord()) {
                collect(child + "[]", item, property.get("items"), fields);
            }
        }
    }

    private static @Nullable Type item(Type type) {
        return type instanceof ParameterizedType list && list.getRawType() == List.class
                ? list.getActualTypeArguments()[0]
                : null;
    }
}
