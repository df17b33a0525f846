package io.paft.merge.report;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.toy;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.TestModels.Tensor;
import io.paft.merge.engine.Comparison;
import io.paft.merge.engine.Engine;
import io.paft.merge.engine.MergeTesting;
import io.paft.merge.engine.ModelSet;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Reports have the form that the documentation gives. */
class ReportSchemaTest {
    private static final Path DOCS = Path.of("../../docs");

    @TempDir
    Path root;

    private JsonSchema schema;

    @BeforeEach
    void models() {
        schema = new JsonSchema(Json.readObject(DOCS.resolve("merge-report.schema.json"), "schema"));
        for (String name : List.of("base", "sft", "dpo")) {
            Map<String, Tensor> tensors = toy(name.equals("dpo") ? 1 : name.hashCode(), 0.02);
            if (name.equals("base")) {
                // The same as dpo, so that a delta is zero and its cosine has no value.
                tensors = toy(1, 0.02);
            }
            tensors.put("model.ids", new Tensor(Shape.of(2), Dtype.I64, new byte[16]));
            tensors.put("model.nothing", new Tensor(Shape.of(0), Dtype.F32, new byte[0]));
            checkpoint(root.resolve(name), tensors);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{merge_method: ties, base_model: base, parameters: {weight: 1, density: 0.5}, models: [{model: sft}, {model: dpo}]}",
                "{merge_method: dare_linear, base_model: base, parameters: {weight: 1, density: 0.5}, models: [{model: sft}]}",
                "{merge_method: slerp, base_model: base, parameters: {t: 0.5}, models: [{model: base}, {model: sft}]}",
                "{merge_method: ram, base_model: base, models: [{model: sft}, {model: dpo}]}",
                "{merge_method: linear, parameters: {weight: 1}, models: [{model: sft}, {model: dpo}]}",
            })
    void merges(String recipe) throws IOException {
        ObjectNode report =
                MergeTesting.merge(root, recipe, root.resolve("out"), 1).report();
        assertThat(schema.errors(report)).isEmpty();
        assertThat(Json.MAPPER.readTree(MergeReport.encode(report))).isEqualTo(Json.MAPPER.readTree(report.toString()));
    }

    @Test
    void mergesWithNan() {
        Map<String, Tensor> tensors = toy(2, 0.02);
        tensors.put("model.norm.weight", Tensor.vector(1, Float.NaN, 2, Float.NEGATIVE_INFINITY));
        tensors.put("model.ids", new Tensor(Shape.of(2), Dtype.I64, new byte[16]));
        tensors.put("model.nothing", new Tensor(Shape.of(0), Dtype.F32, new byte[0]));
        checkpoint(root.resolve("sft"), tensors);
        ObjectNode report = MergeTesting.merge(
                        root,
                        "{merge_method: ties, base_model: base, parameters: {weight: 1, density: 0.5}, models: [{model: sft}, {model: dpo}]}",
                        root.resolve("out"),
                        new Engine.Options(1, 1 << 30, 1 << 30, 0, true))
                .report();
        JsonNode input = report.path("model").path("inputs").path(0);
        assertThat(input.path("l1").isNull()).isTrue();
        assertThat(input.path("l2").isNull()).isTrue();
        assertThat(schema.errors(report)).isEmpty();
    }

    @Test
    void comparisons() {
        try (ModelSet models = new ModelSet(root)) {
            ObjectNode report = Comparison.of("base", List.of("sft", "dpo"), models);
            assertThat(schema.errors(report)).isEmpty();
            JsonNode zero = report.path("model").path("inputs").path(1);
            assertThat(zero.path("l2").asDouble()).isZero();
            assertThat(report.path("model").path("pairs").path(0).path("cosine").isNull())
                    .isTrue();
        }
    }

    @Test
    void otherFormsAreFound() {
        ObjectNode report = MergeReport.of("ties", List.of(), List.of(), MergeStatistics.empty(0));
        assertThat(schema.errors(report)).isEmpty();
        assertThat(schema.errors(report.deepCopy().put("schema", 1))).hasSize(1);
        assertThat(schema.errors(report.deepCopy().put("more", 1))).hasSize(1);
        report.remove("modules");
        assertThat(schema.errors(report)).hasSize(1);
    }

    @Test
    void everyTensorIsALine() {
        ObjectNode report = MergeTesting.merge(
                        root,
                        "{merge_method: linear, parameters: {weight: 1}, models: [{model: sft}]}",
                        root.resolve("out"),
                        1)
                .report();
        List<String> lines = new String(MergeReport.encode(report), StandardCharsets.UTF_8)
                .lines()
                .toList();
        assertThat(lines).filteredOn(line -> line.startsWith("{\"name\"")).hasSize(6);
        assertThat(lines).hasSize(2 + 4 + 6 + 6 + 4);
    }

    @Test
    void everyFieldIsExplained() throws IOException {
        String text = Files.readString(DOCS.resolve("merge-report.md"));
        assertThat(schema.properties())
                .hasSizeGreaterThan(30)
                .allSatisfy(name -> assertThat(text).contains("`" + name + "`"));
    }
}
