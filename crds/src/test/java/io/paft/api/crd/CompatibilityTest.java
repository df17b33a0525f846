package io.paft.api.crd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompatibilityTest {
    private static final Path BASELINE = Path.of("released/v1alpha1.yaml");

    /** A schema that has one of everything. */
    private static final String SCHEMA = """
            type: object
            required: [name]
            properties:
              name: {type: string, maxLength: 20, minLength: 1, pattern: "^[a-z]+$"}
              method: {type: string, enum: [A, B]}
              count: {type: integer, minimum: 1, maximum: 10}
              ratio: {type: number, minimum: 0}
              tags: {type: array, maxItems: 4, x-kubernetes-list-type: set, items: {type: string}}
              labels: {type: object, additionalProperties: {type: string}}
              status: {type: object, default: {seen: -1}, properties: {seen: {type: integer}}}
            x-kubernetes-validations:
            - {rule: "has(self.method)", message: "say how"}
            """;

    @Test
    void theCrdAcceptsWhatTheReleasedOneAccepts() throws IOException {
        // Given
        JsonNode released = CrdFile.YAML.readTree(BASELINE.toFile());
        JsonNode present = CrdFile.YAML.readTree(CrdFile.CHECKED_IN.toFile());

        // When, Then
        assertThat(Compatibility.problems(released, present))
                .as("pipelines written for %s would break", BASELINE)
                .isEmpty();
    }

    @Test
    void theSameSchemaIsCompatible() throws IOException {
        assertThat(Compatibility.problems(crd(SCHEMA), crd(SCHEMA))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            method: {type: string, enum: [A, B]} |                                | v1.method: was removed
            name: {type: string                  | name: {type: integer           | v1.name: type was string, is integer
            ratio: {type: number                 | ratio: {type: integer          | v1.ratio: type was number, is integer
            required: [name]                     | required: [name, method]       | v1.method: is required now
            enum: [A, B]                         | enum: [A]                      | v1.method: enum lost B
            ratio: {type: number                 | ratio: {type: number, enum: [1]| v1.ratio: enum was added
            maxLength: 20                        | maxLength: 19                  | v1.name: maxLength was added or lowered
            minLength: 1                         | minLength: 2                   | v1.name: minLength was added or raised
            minimum: 1, maximum: 10              | minimum: 1, maximum: 9         | v1.count: maximum was added or lowered
            count: {type: integer, minimum: 1    | count: {type: integer, minimum: 2 | v1.count: minimum was added or raised
            ratio: {type: number, minimum: 0     | ratio: {type: number, minimum: 0, exclusiveMinimum: true | v1.ratio: exclusiveMinimum was added
            ratio: {type: number                 | ratio: {type: number, maximum: 1 | v1.ratio: maximum was added or lowered
            ^[a-z]+$                             | ^[a-z]*$                       | v1.name: pattern was added or changed
            method: {type: string                | method: {type: string, pattern: x | v1.method: pattern was added or changed
            maxItems: 4                          | maxItems: 3                    | v1.tags: maxItems was added or lowered
            list-type: set                       | list-type: atomic              | v1.tags: x-kubernetes-list-type was "set", is "atomic"
            items: {type: string}                | items: {type: integer}         | v1.tags[]: type was string, is integer
            additionalProperties: {type: string} | additionalProperties: {type: number} | v1.labels{}: type was string, is number
            default: {seen: -1}                  | default: {seen: 0}             | v1.status: default was {"seen":-1}, is {"seen":0}
            seen: {type: integer}                | seen: {type: string}           | v1.status.seen: type was integer, is string
            has(self.method)                     | has(self.count)                | v1: rule was added or changed: has(self.count)
            """)
    void narrowerIsNot(String part, String replacement, String problem) throws IOException {
        // Given
        String narrower = SCHEMA.replace(part, replacement == null ? "" : replacement);

        // When, Then
        assertThat(narrower).isNotEqualTo(SCHEMA);
        assertThat(Compatibility.problems(crd(SCHEMA), crd(narrower))).containsExactly(problem);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            count: {type: integer                | count: {type: number
            enum: [A, B]                         | enum: [A, B, C]
            , enum: [A, B]                       | ``
            required: [name]                     | ``
            maxLength: 20                        | maxLength: 21
            , maximum: 10                        | ``
            pattern: "^[a-z]+$"                  | description: a name
            - {rule: "has(self.method)", message: "say how"} | ``
            say how                              | another sentence
            count: {type: integer                | count: {x-kubernetes-validations: [{rule: self == oldSelf}], type: integer
            """)
    void widerIs(String part, String replacement) throws IOException {
        // Given
        String wider = SCHEMA.replaceFirst(Pattern.quote(part), replacement);

        // When, Then
        assertThat(wider).isNotEqualTo(SCHEMA);
        assertThat(Compatibility.problems(crd(SCHEMA), crd(wider))).isEmpty();
    }

    @Test
    void aNewFieldIs() throws IOException {
        String more = SCHEMA.replace("  count:", "  more: {type: string}\n  count:");

        assertThat(Compatibility.problems(crd(SCHEMA), crd(more))).isEmpty();
    }

    @Test
    void aVersionThatIsNoLongerServedIsNot() throws IOException {
        assertThat(Compatibility.problems(crd(SCHEMA), crd(SCHEMA, false))).containsExactly("v1: is no longer served");
    }

    private static JsonNode crd(String schema) throws IOException {
        return crd(schema, true);
    }

    private static JsonNode crd(String schema, boolean served) throws IOException {
        return CrdFile.YAML.readTree("""
                spec:
                  group: example.com
                  scope: Namespaced
                  names: {kind: Thing, plural: things}
                  versions:
                  - name: v1
                    served: %s
                    schema:
                      openAPIV3Schema:
                %s
                """.formatted(served, schema.indent(8)));
    }
}
