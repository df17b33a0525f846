package io.paft.merge.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.paft.merge.Json;
import io.paft.merge.MergeException;
import io.paft.merge.TestModels;
import io.paft.merge.TestModels.Tensor;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Merges of slices. The numbers are those that mergekit 0.1.5 gives for the same recipes on the same toy models. */
class SlicesTest {
    @TempDir
    Path root;

    @BeforeEach
    void models() {
        model("a", 1, false);
        model("b", 2, false);
        model("c", 3, false);
        model("u", 5, true);
    }

    @Test
    void aStackHasTheEmbeddingOfItsFirstAndTheNormOfItsLastSlice() {
        MergeJob.Outcome outcome = merge("""
                merge_method: passthrough
                slices:
                  - {sources: [{model: a, layer_range: [0, 2]}]}
                  - {sources: [{model: b, layer_range: [1, 4]}]}
                """);
        assertThat(outcome.assembly().tensors()).hasSize(7);
        assertThat(value("model.embed_tokens.weight")).isEqualTo(1);
        assertThat(value("model.norm.weight")).isEqualTo(2);
        assertLayers(1.01f, 1.02f, 2.02f, 2.03f, 2.04f);
        assertThat(config().path("num_hidden_layers").intValue()).isEqualTo(5);
        assertThat(config().path("layer_types").toString())
                .isEqualTo("[\"full\",\"sliding\",\"sliding\",\"full\",\"sliding\"]");
        assertThat(config().path("mlp_only_layers").toString()).isEqualTo("[1,2]");
        assertThat(config().path("max_window_layers").intValue()).isEqualTo(5);
    }

    @Test
    void theSameLayersMayComeTwice() {
        merge("{merge_method: passthrough, slices: [{sources: [{model: a, layer_range: [0, 3]}]},"
                + " {sources: [{model: a, layer_range: [1, 4]}]}]}");
        assertLayers(1.01f, 1.02f, 1.03f, 1.02f, 1.03f, 1.04f);
    }

    @Test
    void filtersOfInputsSeeTheNamesInTheModel() {
        merge("""
                merge_method: passthrough
                slices:
                  - sources:
                      - {model: a, layer_range: [0, 2], parameters: {scale: [{filter: layers.1, value: 10}, {value: 1}]}}
                  - sources:
                      - {model: b, layer_range: [1, 4], parameters: {scale: [{filter: layers.2, value: 100}, {value: [1, 2]}]}}
                """);
        assertLayers(1.01f, 10.2f, 2.02f, 203f, 4.08f);
    }

    @Test
    void filtersOfSharedParametersSeeTheNamesInTheOutput() {
        merge("""
                merge_method: slerp
                base_model: a
                parameters: {t: [{filter: layers.1, value: 1}, {filter: layers.3, value: 0.5}, {value: 0}]}
                slices:
                  - {sources: [{model: a, layer_range: [0, 1]}, {model: b, layer_range: [0, 1]}]}
                  - {sources: [{model: a, layer_range: [3, 4]}, {model: b, layer_range: [3, 4]}]}
                """);
        assertLayers(1.01f, 2.04f);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "merge_method: ties\nparameters: {weight: 1, density: 0.5, rescale: R}",
                "merge_method: task_arithmetic\nparameters: {weight: 1, rescale: R}\nsparsify: {method: magnitude, density: 0.5}"
            })
    void filtersOfASharedRescaleSeeTheNamesInTheOutput(String head) {
        merge(head.replace("R", "[{filter: layers.0, value: true}, {value: false}]") + "\nbase_model: a\n" + """
                slices:
                  - {sources: [{model: a, layer_range: [1, 2]}, {model: b, layer_range: [1, 2]}]}
                  - {sources: [{model: a, layer_range: [0, 1]}, {model: b, layer_range: [0, 1]}]}
                """);
        // Of two equal changes of 1 one is left, and is doubled where what is left is rescaled.
        assertLayers(3.02f, 2.01f);
    }

    @Test
    void aGradientSpreadsOverTheLayersOfItsSliceAndStartsOutsideThem() {
        merge("""
                merge_method: linear
                slices:
                  - sources:
                      - {model: a, layer_range: [0, 3], parameters: {weight: [1, 0]}}
                      - {model: b, layer_range: [1, 4], parameters: {weight: [0, 1]}}
                  - sources:
                      - {model: c, layer_range: [0, 1], parameters: {weight: [1, 3]}}
                      - {model: b, layer_range: [1, 2], parameters: {weight: [2, 2]}}
                """);
        assertThat(value("model.embed_tokens.weight")).isEqualTo(1);
        assertThat(value("model.norm.weight")).isEqualTo(7 / 3f);
        assertLayers(1.01f, 1.525f, 2.04f, 2.614f);
    }

    @Test
    void aSourceWinsOverItsSliceAndThatOverTheRecipe() {
        merge("""
                merge_method: linear
                parameters:
                  normalize: false
                  weight: [{filter: layers.3, value: 1000}, {filter: layers.2, value: 100}, {value: 1}]
                slices:
                  - sources:
                      - {model: a, layer_range: [0, 1]}
                      - {model: c, layer_range: [0, 1], parameters: {weight: 2}}
                    parameters: {weight: 4}
                  - {sources: [{model: b, layer_range: [2, 4]}], parameters: {weight: [{filter: layers.3, value: 7}]}}
                """);
        assertLayers(4 * 1.01f + 2 * 3.01f, 203f, 14.28f);
    }

    @Test
    void aSliceMayHaveABaseOfItsOwn() {
        MergeJob.Outcome outcome = merge("""
                merge_method: task_arithmetic
                base_model: a
                parameters: {weight: 0.5}
                slices:
                  - {sources: [{model: a, layer_range: [0, 2]}, {model: b, layer_range: [1, 3]}]}
                  - {sources: [{model: c, layer_range: [1, 2]}, {model: b, layer_range: [0, 1]}], base_model: c}
                """);
        assertLayers(1.515f, 1.525f, 2.515f);
        assertThat(value("model.norm.weight")).isEqualTo(2.5f);
        JsonNode report = outcome.report();
        assertThat(report.path("inputs").toString()).isEqualTo("[\"b\"]");
        assertThat(report.path("model").path("inputs").path(0).path("elements").asInt())
                .isEqualTo(3 * 2 + 2 * 4);
    }

    @Test
    void inputsOfOneSliceOnlyHaveNothingInTheOthers() {
        MergeJob.Outcome outcome = merge("""
                merge_method: task_arithmetic
                base_model: a
                parameters: {weight: 1}
                slices:
                  - {sources: [{model: a, layer_range: [0, 1]}, {model: b, layer_range: [0, 1]}]}
                  - {sources: [{model: a, layer_range: [1, 4]}, {model: c, layer_range: [1, 4]}, {model: b, layer_range: [0, 3]}]}
                """);
        JsonNode report = outcome.report();
        assertThat(report.path("inputs").toString()).isEqualTo("[\"b\",\"c\"]");
        JsonNode first = report.path("tensors").path(1);
        assertThat(first.path("name").asText()).contains("layers.0");
        assertThat(first.path("inputs").path(1).path("elements").asInt()).isZero();
        assertThat(first.path("decided").path("inputs").toString()).isEqualTo("[1.0,0.0]");
        JsonNode second = report.path("tensors").path(2);
        assertThat(second.path("inputs").path(0).path("l1").asDouble()).isCloseTo(2 * 0.99, within(1e-5));
        assertThat(second.path("inputs").path(1).path("l1").asDouble()).isCloseTo(2 * 2.0, within(1e-5));
        assertThat(second.path("pairs").path(0).path("cosine").asDouble()).isCloseTo(1, within(1e-5));
    }

    @Test
    void aHeadComesFromTheLastSlice() {
        merge("{merge_method: passthrough, slices: [{sources: [{model: a, layer_range: [0, 1]}]},"
                + " {sources: [{model: u, layer_range: [3, 4]}]}]}");
        assertThat(value("lm_head.weight")).isEqualTo(5.5f);
        assertThat(config().path("tie_word_embeddings").asBoolean(true)).isFalse();
    }

    /** mergekit writes no head here, and the configuration of the first model says that there is one. */
    @Test
    void aHeadThatTheLastSliceSharesIsWrittenWhereTheConfigurationHasOne() {
        merge("{merge_method: passthrough, slices: [{sources: [{model: u, layer_range: [0, 1]}]},"
                + " {sources: [{model: a, layer_range: [3, 4]}]}]}");
        assertThat(value("lm_head.weight")).isEqualTo(1);
        assertThat(value("model.embed_tokens.weight")).isEqualTo(5);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {model: a, layer_range: [0, 7]}|goes beyond a, which has 4 layers: the end may be at most 4
            {model: two, layer_range: [0, 1]}|several stacks of layers (model.layers., vision.layers.)
            {model: other, layer_range: [0, 1]}|the models are not of one architecture
            {model: odd, layer_range: [0, 1]}|not known whether it comes before or after
            {model: third, layer_range: [0, 1]}|choose ranges that keep the pattern
            """)
    void refusesWhatCannotBeSliced(String source, String text) {
        Map<String, Tensor> tensors = tensors(1, false);
        tensors.put("vision.layers.0.mlp.weight", Tensor.vector(1, 1));
        write("two", tensors, config("{}"));
        write("other", Map.of("transformer.h.0.mlp.weight", Tensor.vector(1, 1)), config("{}"));
        tensors = tensors(1, false);
        tensors.put("model.strange", Tensor.vector(1, 1));
        write("odd", tensors, config("{}"));
        write("third", tensors(1, false), config("{\"decoder_sparse_step\": 3}"));
        String base = source.contains("third") ? "base_model: third, " : "";
        assertThatThrownBy(() -> merge("{merge_method: passthrough, " + base
                        + "slices: [{sources: [{model: a, layer_range: [0, 1]}]}, {sources: [" + source + "]}]}"))
                .isInstanceOf(MergeException.class)
                .hasMessageContaining(text);
    }

    private MergeJob.Outcome merge(String recipe) {
        return MergeTesting.merge(root, recipe, root.resolve("out"), 2);
    }

    private void assertLayers(float... expected) {
        for (int layer = 0; layer < expected.length; layer++) {
            assertThat(value("model.layers." + layer + ".mlp.weight"))
                    .isCloseTo(expected[layer], within(Math.ulp(expected[layer])));
        }
        assertThat(config().path("num_hidden_layers").intValue()).isEqualTo(expected.length);
    }

    private float value(String tensor) {
        return MergeTesting.values(root.resolve("out"), tensor)[0];
    }

    private JsonNode config() {
        return Json.readObject(root.resolve("out/config.json"), "config");
    }

    private void model(String name, float value, boolean head) {
        write(name, tensors(value, head), config("""
                {"layer_types": ["full", "sliding", "full", "sliding"], "mlp_only_layers": [1],
                 "max_window_layers": 4, "tie_word_embeddings": %s}""".formatted(!head)));
    }

    private static String config(String more) {
        return "{\"model_type\": \"llama\", \"num_hidden_layers\": 4, \"dtype\": \"float32\","
                + more.strip().substring(1).replaceFirst("^}$", "\"x\": 1}");
    }

    private static Map<String, Tensor> tensors(float value, boolean head) {
        Map<String, Tensor> tensors = new TreeMap<>();
        tensors.put("model.embed_tokens.weight", Tensor.vector(value, value, value, value));
        tensors.put("model.norm.weight", Tensor.vector(value, value, value, value));
        for (int layer = 0; layer < 4; layer++) {
            float own = value + (layer + 1) * 0.01f;
            tensors.put("model.layers." + layer + ".mlp.weight", Tensor.vector(own, own));
        }
        if (head) {
            tensors.put("lm_head.weight", Tensor.vector(value + 0.5f, value, value, value));
        }
        return tensors;
    }

    private void write(String name, Map<String, Tensor> tensors, String config) {
        TestModels.write(root.resolve(name).resolve("config.json"), config);
        TestModels.write(root.resolve(name).resolve("model.safetensors"), TestModels.safetensors(tensors));
    }
}
