package io.paft.merge.lora;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.normal;
import static io.paft.merge.TestModels.toy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.paft.merge.Json;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.TestModels;
import io.paft.merge.TestModels.Tensor;
import io.paft.merge.engine.MergeTesting;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdaptedModelTest {
    private static final String MODULE = "model.layers.0.mlp.up_proj";
    private static final String PREFIX = "base_model.model.";

    @TempDir
    Path root;

    private final Map<String, Tensor> weights = new HashMap<>();

    @BeforeEach
    void base() {
        checkpoint(root.resolve("base"), toy(1, 0.02));
    }

    @Test
    void plainScaleIsAlphaByRank() {
        factors(PREFIX + MODULE, 6, 4, 2);
        assertDelta(MODULE + ".weight", config(""), 16.0 / 2, false, 6, 4);
    }

    @Test
    void rankStabilisedScaleIsAlphaByRoot() {
        factors(PREFIX + MODULE, 6, 4, 2);
        assertDelta(MODULE + ".weight", config(", \"use_rslora\": true"), 16 / Math.sqrt(2), false, 6, 4);
    }

    @Test
    void patternsWinOverTheDefaults() {
        factors(PREFIX + MODULE, 6, 4, 3);
        String patterns = ", \"rank_pattern\": {\"layers.0.mlp.up_proj\": 3}, \"alpha_pattern\": {\".*up_proj\": 6}";
        assertDelta(MODULE + ".weight", config(patterns), 6.0 / 3, false, 6, 4);
    }

    @Test
    void fanInFanOutIsTransposed() {
        factors(PREFIX + MODULE, 4, 6, 2);
        assertDelta(MODULE + ".weight", config(", \"fan_in_fan_out\": true"), 8, true, 6, 4);
    }

    @Test
    void embeddingsAreTransposed() {
        weights.put(PREFIX + "model.embed_tokens.lora_embedding_A", matrix(2, 8, 3));
        weights.put(PREFIX + "model.embed_tokens.lora_embedding_B", matrix(4, 2, 4));
        assertDelta("model.embed_tokens.weight", config(""), 8, true, 8, 4);
    }

    @Test
    void savedModulesReplaceTheBase() {
        weights.put(PREFIX + "model.norm.weight", Tensor.vector(1, 2, 3, 4));
        TestModels.adapter(root.resolve("adapter"), config(""), weights);
        assertThat(merged("model.norm.weight")).containsExactly(1, 2, 3, 4);
    }

    @ParameterizedTest
    @ValueSource(strings = {".bias", ".base_layer.bias"})
    void trainedBiasesReplaceTheBases(String bias) {
        Map<String, Tensor> tensors = toy(1, 0.02);
        tensors.put(MODULE + ".bias", Tensor.vector(0, 0, 0, 0, 0, 0));
        checkpoint(root.resolve("base"), tensors);
        factors(PREFIX + MODULE, 6, 4, 2);
        weights.put(PREFIX + MODULE + bias, Tensor.vector(1, 2, 3, 4, 5, 6));
        assertDelta(MODULE + ".weight", config(", \"bias\": \"all\""), 8, false, 6, 4);
        assertThat(MergeTesting.values(root.resolve("out"), MODULE + ".bias")).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    void aSavedHeadUntiesTheModel() {
        weights.put(PREFIX + "lm_head.weight", toyEmbedding());
        TestModels.adapter(root.resolve("adapter"), config(", \"modules_to_save\": [\"lm_head\"]"), weights);
        assertThat(merged("lm_head.weight")).containsExactly(normal(1, 32, 0.02));
        assertThat(Json.readObject(root.resolve("out/config.json"), "config")
                        .path("tie_word_embeddings")
                        .asBoolean(true))
                .isFalse();
    }

    @Test
    void initialisationsThatLeaveTheBaseAloneAreMerged() {
        factors(PREFIX + MODULE, 6, 4, 2);
        String more = ", \"init_lora_weights\": \"eva\", \"eva_config\": {\"rho\": 2.0}, \"lora_bias\": false";
        assertDelta(MODULE + ".weight", config(more), 8, false, 6, 4);
    }

    @Test
    void aQuantisedBaseIsNamed() {
        Map<String, Tensor> tensors = toy(1, 0.02);
        tensors.put(MODULE + ".weight", new Tensor(Shape.of(12, 1), Dtype.U8, new byte[12]));
        checkpoint(root.resolve("base"), tensors);
        factors(PREFIX + MODULE, 6, 4, 2);
        assertFails(config(""), Reason.ModelInvalid, "which is U8: the base is quantised");
    }

    @Test
    void theCopyOfATargetedEmbeddingIsItsBase() {
        weights.put(PREFIX + "model.embed_tokens.lora_embedding_A", matrix(2, 8, 3));
        weights.put(PREFIX + "model.embed_tokens.lora_embedding_B", matrix(4, 2, 4));
        weights.put(PREFIX + "model.embed_tokens.base_layer.weight", toyEmbedding());
        assertDelta("model.embed_tokens.weight", config(""), 8, true, 8, 4);
    }

    /** One that rounding the sum with the base would lose: 3e-8 is less than half a unit of 1. */
    @Test
    void theDeltaOfATargetedEmbeddingIsAsExactWithItsCopyAsWithout() {
        Map<String, Tensor> tensors = toy(1, 0.02);
        float[] ones = new float[32];
        java.util.Arrays.fill(ones, 1);
        tensors.put("model.embed_tokens.weight", Tensor.of(Shape.of(8, 4), Dtype.F32, ones));
        checkpoint(root.resolve("base"), tensors);
        weights.put(PREFIX + "model.embed_tokens.lora_embedding_A", filled(2, 8, 3e-8f / 16));
        weights.put(PREFIX + "model.embed_tokens.lora_embedding_B", filled(4, 2, 1));
        double without = embeddingL1();
        assertThat(without).isCloseTo(32 * 3e-8, within(1e-12));
        String copy = PREFIX + "model.embed_tokens.base_layer.weight";
        weights.put(copy, Tensor.of(Shape.of(8, 4), Dtype.F32, ones));
        assertThat(embeddingL1()).isEqualTo(without);
        // A copy that is trained too is what the adapter lies on.
        ones[0] = 1.5f;
        weights.put(copy, Tensor.of(Shape.of(8, 4), Dtype.F32, ones));
        assertThat(embeddingL1()).isEqualTo(0.5);
    }

    private double embeddingL1() {
        TestModels.adapter(root.resolve("adapter"), config(""), weights);
        String recipe =
                "{merge_method: task_arithmetic, base_model: base, models: [{model: base+adapter, parameters: {weight: 1}}]}";
        return MergeTesting.merge(root, recipe, root.resolve("l1"), 1)
                .report()
                .path("tensors")
                .path(0)
                .path("inputs")
                .path(0)
                .path("l1")
                .asDouble();
    }

    private static Tensor filled(int rows, int columns, float value) {
        float[] values = new float[rows * columns];
        java.util.Arrays.fill(values, value);
        return Tensor.of(Shape.of(rows, columns), Dtype.F32, values);
    }

    @Test
    void theDeltaOfAnAdapterIsExact() {
        factors(PREFIX + MODULE, 6, 4, 2);
        TestModels.adapter(root.resolve("adapter"), config(""), weights);
        String recipe = "{merge_method: task_arithmetic, base_model: base, parameters: {lambda: 1024},"
                + " models: [{model: base+adapter, parameters: {weight: 1}}]}";
        MergeTesting.merge(root, recipe, root.resolve("out"), 1);
        float[] base = MergeTesting.values(root.resolve("base"), MODULE + ".weight");
        float[] merged = MergeTesting.values(root.resolve("out"), MODULE + ".weight");
        float[] delta = product(8, false, 6, 4);
        for (int i = 0; i < merged.length; i++) {
            assertThat(merged[i]).isEqualTo(base[i] + delta[i] * 1024);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            "use_dora": true|use_dora
            "lora_bias": true|lora_bias
            "layer_replication": [[0, 2]]|layer_replication
            "target_parameters": ["mlp.experts"]|target_parameters
            "trainable_token_indices": [1]|trainable_token_indices
            "init_lora_weights": "pissa_niter_4"|pissa
            "init_lora_weights": "olora"|olora
            "init_lora_weights": "corda"|corda
            "init_lora_weights": "loftq"|loftq
            "use_qalora": true|use_qalora
            "use_bdlora": {"nblocks": 2}|use_bdlora
            "alora_invocation_tokens": [1, 2]|alora_invocation_tokens
            "arrow_config": {"top_k": 2}|arrow_config
            "kasa_config": {"beta": 1}|kasa_config
            "velora_config": {"groups": 2}|velora_config
            "monteclora_config": {"samples": 2}|monteclora_config
            "use_new_thing": true|use_new_thing
            "new_config": {"x": 1}|new_config
            "init_lora_weights": "pissa"|pissa
            "init_lora_weights": "lora_ga"|lora_ga
            "peft_type": "IA3"|peft_type is "IA3"
            "peft_type": "ADALORA"|peft_type is "ADALORA"
            "peft_type": "LOHA"|peft_type is "LOHA"
            "peft_type": "LOKR"|peft_type is "LOKR"
            "peft_type": "VERA"|peft_type is "VERA"
            "peft_type": "OFT"|peft_type is "OFT"
            "peft_type": "TRAINABLE_TOKENS"|peft_type is "TRAINABLE_TOKENS"
            "r": 0|r is 0
            "rank_pattern": {"(": 2}|not a regular expression
            """)
    void refusesByName(String field, String name) {
        factors(PREFIX + MODULE, 6, 4, 2);
        String config = field.startsWith("\"peft_type") || field.startsWith("\"r\"")
                ? "{\"lora_alpha\": 16, " + (field.startsWith("\"r\"") ? "\"peft_type\": \"LORA\", " : "\"r\": 2, ")
                        + field + "}"
                : config(", " + field);
        assertFails(config, Reason.ModelInvalid, name);
    }

    @Test
    void whatDoesNotFitTheBaseIsNamed() {
        factors(PREFIX + "model.layers.7.mlp.up_proj", 6, 4, 2);
        assertFails(config(""), Reason.ShapeMismatch, "there is no model.layers.7.mlp.up_proj.weight in base");
        weights.clear();
        factors(PREFIX + MODULE, 6, 5, 2);
        assertFails(config(""), Reason.ShapeMismatch, "has the shape [6, 4]");
        weights.clear();
        factors(PREFIX + MODULE, 6, 4, 3);
        assertFails(config(""), Reason.ShapeMismatch, "the rank is 2");
        weights.remove(PREFIX + MODULE + ".lora_B.weight");
        assertFails(config(""), Reason.ModelInvalid, "has lora_A but no lora_B");
        weights.put(PREFIX + MODULE + ".lora_magnitude_vector", Tensor.vector(1));
        assertFails(config(""), Reason.ModelInvalid, "lora_magnitude_vector");
    }

    private void factors(String module, int out, int in, int rank) {
        weights.put(module + ".lora_A.weight", matrix(rank, in, 3));
        weights.put(module + ".lora_B.weight", matrix(out, rank, 4));
    }

    private static Tensor matrix(int rows, int columns, long seed) {
        return Tensor.of(Shape.of(rows, columns), Dtype.F32, normal(seed, rows * columns, 0.1));
    }

    private static Tensor toyEmbedding() {
        return Tensor.of(Shape.of(8, 4), Dtype.F32, normal(1, 32, 0.02));
    }

    private static String config(String more) {
        return "{\"peft_type\": \"LORA\", \"r\": 2, \"lora_alpha\": 16, \"inference_mode\": true, \"loftq_config\": {}, \"target_modules\": [\"up_proj\"],"
                + " \"exclude_modules\": null, \"use_qalora\": false" + more + "}";
    }

    private float[] merged(String tensor) {
        String recipe = "{merge_method: linear, models: [{model: base+adapter, parameters: {weight: 1}}]}";
        MergeTesting.merge(root, recipe, root.resolve("out"), 1);
        return MergeTesting.values(root.resolve("out"), tensor);
    }

    private void assertDelta(String tensor, String config, double scale, boolean transposed, int rows, int columns) {
        TestModels.adapter(root.resolve("adapter"), config, weights);
        float[] merged = merged(tensor);
        float[] base = MergeTesting.values(root.resolve("base"), tensor);
        float[] delta = product(scale, transposed, rows, columns);
        for (int i = 0; i < merged.length; i++) {
            assertThat(merged[i]).isEqualTo(base[i] + delta[i]);
        }
    }

    /** scale * B A in float32, products added without rounding them; transposed where the weight is (in, out). */
    private static float[] product(double scale, boolean transposed, int rows, int columns) {
        int in = transposed ? rows : columns;
        int out = transposed ? columns : rows;
        int rank = scale == 2.0 ? 3 : 2;
        float[] a = normal(3, rank * in, 0.1);
        float[] b = normal(4, out * rank, 0.1);
        float[] result = new float[rows * columns];
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                int o = transposed ? column : row;
                int i = transposed ? row : column;
                float sum = 0;
                for (int k = 0; k < rank; k++) {
                    sum = Math.fma(b[o * rank + k], a[k * in + i], sum);
                }
                result[row * columns + column] = sum * (float) scale;
            }
        }
        return result;
    }

    private void assertFails(String config, Reason reason, String text) {
        TestModels.adapter(root.resolve("adapter"), config, weights);
        assertThatThrownBy(() -> merged(MODULE + ".weight")).isInstanceOfSatisfying(MergeException.class, e -> {
            assertThat(e.reason()).isEqualTo(reason);
            assertThat(e.sentence()).contains(text);
        });
    }
}
