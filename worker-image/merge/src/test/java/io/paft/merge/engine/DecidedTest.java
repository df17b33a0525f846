package io.paft.merge.engine;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.normal;
import static io.paft.merge.TestModels.toy;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.paft.merge.TestModels.Tensor;
import io.paft.merge.kernel.FloatCodec;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who decides where nothing is sparsified, counted by hand: it follows from other counts where it can, and fusing counts it where signs are elected. */
class DecidedTest {
    private static final String NAME = "model.layers.0.mlp.up_proj.weight";
    private static final int COUNT = 30_011;

    @TempDir
    Path root;

    @ParameterizedTest
    @CsvSource({
        "linear, BF16, 0.5, 0.3",
        "task_arithmetic, BF16, 0.5, 0.3",
        "task_arithmetic, F32, 0.5, 0.3",
        // Too small for the smallest deltas: their terms vanish.
        "task_arithmetic, BF16, 1e-9, 0.3",
        "task_arithmetic, BF16, 0.5, 0",
    })
    void asCounted(String method, Dtype dtype, float weight, float other) {
        float[] base = model("base", dtype, 1);
        float[] first = model("sft", dtype, 2);
        float[] second = model("dpo", dtype, 3);
        int[] expected = new int[4];
        for (int i = 0; i < COUNT; i++) {
            expected[(weight * (first[i] - base[i]) != 0 ? 1 : 0) + (other * (second[i] - base[i]) != 0 ? 2 : 0)]++;
        }
        String listed = method.equals("linear") ? "{model: base, parameters: {weight: 0}}, " : "";
        assertDecided(method, listed, weight, other, expected);
    }

    /** Of the elected sign; the base among the models has nothing to elect. */
    @ParameterizedTest
    @CsvSource({"BF16, 0.5, 0.3", "F32, 0.5, 0.5", "F32, 0.5, -0.5", "BF16, 1, 0"})
    void asElected(Dtype dtype, float weight, float other) {
        float[] base = model("base", dtype, 1);
        float[] first = model("sft", dtype, 2);
        float[] second = model("dpo", dtype, 3);
        int[] expected = new int[4];
        for (int i = 0; i < COUNT; i++) {
            float term = weight * (first[i] - base[i]);
            float otherTerm = other * (second[i] - base[i]);
            boolean positive = term + otherTerm >= 0;
            expected[(has(term, positive) ? 1 : 0) + (has(otherTerm, positive) ? 2 : 0)]++;
        }
        assertDecided("ties", "{model: base, parameters: {weight: 1}}, ", weight, other, expected);
    }

    private static boolean has(float term, boolean positive) {
        return positive ? term > 0 : term < 0;
    }

    /** Expects so many elements to be decided by nobody, the first, the second, both. */
    private void assertDecided(String method, String listed, float weight, float other, int[] expected) {
        String recipe = "{merge_method: " + method + ", base_model: base, models: [" + listed
                + "{model: sft, parameters: {weight: "
                + weight + "}}, {model: dpo, parameters: {weight: " + other + "}}]}";
        JsonNode report =
                MergeTesting.merge(root, recipe, root.resolve("out"), 2).report();
        JsonNode decided = StreamSupport.stream(report.path("tensors").spliterator(), false)
                .filter(tensor -> tensor.path("name").asText().equals(NAME))
                .findFirst()
                .orElseThrow()
                .path("decided");
        assertThat(decided.path("none").asDouble()).isEqualTo((double) expected[0] / COUNT);
        assertThat(decided.path("inputs").path(0).asDouble()).isEqualTo((double) expected[1] / COUNT);
        assertThat(decided.path("inputs").path(1).asDouble()).isEqualTo((double) expected[2] / COUNT);
        assertThat(decided.path("several").asDouble()).isEqualTo((double) expected[3] / COUNT);
    }

    /** Some elements alike in all models, and some next to zero. */
    private float[] model(String name, Dtype dtype, long seed) {
        Random same = new Random(9);
        Random random = new Random(seed);
        float[] values = normal(seed, COUNT, 0.02);
        for (int i = 0; i < COUNT; i++) {
            float value = same.nextInt(3) == 0 ? 0.5f : values[i];
            float smallest = dtype == Dtype.BF16 ? 0x1p-133f : Float.MIN_VALUE;
            value = same.nextInt(5) == 0 ? random.nextInt(2) * smallest : value;
            values[i] = dtype == Dtype.BF16 ? Float.intBitsToFloat(FloatCodec.bf16(value) << 16) : value;
        }
        Map<String, Tensor> tensors = toy(1, 0.02);
        tensors.put(NAME, Tensor.of(Shape.of(1, COUNT), dtype, values));
        checkpoint(root.resolve(name), tensors);
        return values;
    }
}
