package io.paft.merge.engine;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.normal;
import static io.paft.merge.TestModels.toy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.TestModels.Tensor;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** NaN and infinities: refused with a name, or allowed and counted. */
class NonFiniteTest {
    private static final String NAME = "model.layers.1.mlp.up_proj.weight";
    private static final String LINEAR =
            "{merge_method: linear, models: [{model: sft, parameters: {weight: 0.5}}, {model: dpo, parameters: {weight: 0.5}}]}";
    private static final String TIES = "{merge_method: ties, base_model: base, models: ["
            + "{model: sft, parameters: {weight: 1, density: 0.5}}, {model: dpo, parameters: {weight: 1, density: 0.5}}]}";
    private static final int COUNT = 30_000;

    @TempDir
    Path root;

    @BeforeEach
    void models() {
        for (String model : List.of("base", "sft", "dpo")) {
            write(model, normal(model.hashCode(), COUNT, 0.02));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {LINEAR, TIES})
    void theFirstIsNamed(String recipe) {
        float[] values = normal(1, COUNT, 0.02);
        values[20_001] = Float.NaN;
        values[29_999] = Float.NEGATIVE_INFINITY;
        write("dpo", values);
        assertRefused(recipe, "tensor " + NAME + ": element 20001 of dpo is NaN.");
        values[17] = Float.NEGATIVE_INFINITY;
        write("dpo", values);
        assertRefused(recipe, "tensor " + NAME + ": element 17 of dpo is -Infinity.");
    }

    @Test
    void thatOfTheBaseIsNotBlamedOnABranch() {
        float[] values = normal(1, COUNT, 0.02);
        values[3] = Float.NaN;
        write("base", values);
        assertRefused(TIES, "element 3 of the base model is NaN");
    }

    @Test
    void aResultThatOverflowsHasAnIndexToo() {
        float[] values = normal(1, COUNT, 0.02);
        values[5] = 3e38f;
        write("sft", values);
        write("dpo", values);
        assertRefused(
                LINEAR.replace("0.5", "1.0").replace("models:", "parameters: {normalize: false}, models:"),
                "element 5 of the result is Infinity as float32");
    }

    @Test
    void adaptersAreSearchedToo() {
        float[] factor = normal(4, 400, 0.1);
        factor[7] = Float.NaN;
        adapter(factor);
        assertRefused(TIES.replace("model: dpo", "model: base+lora"), "element 7 of base+lora is NaN");
    }

    @Test
    void allowedTheyAreCounted() throws IOException {
        float[] values = normal(1, COUNT, 0.02);
        values[20_001] = Float.NaN;
        values[29_999] = Float.NEGATIVE_INFINITY;
        write("dpo", values);
        String tasks = TIES.replace("ties", "task_arithmetic").replace(", density: 0.5", "");
        JsonNode report = merge(tasks, "out", 2).report();
        JsonNode tensor = tensor(report);
        assertThat(tensor.path("nonFinite").toString()).isEqualTo("{\"inputs\":[0,2],\"result\":2}");
        assertThat(report.path("model").path("nonFinite").path("result").asLong())
                .isEqualTo(2);
        assertThat(tensor.path("inputs").path(1).path("l2").isNull()).isTrue();
        assertThat(tensor.path("inputs").path(0).path("l2").isNumber()).isTrue();
        assertThat(report.path("tensors").path(0).has("nonFinite")).isFalse();
        float[] merged = MergeTesting.values(root.resolve("out"), NAME);
        assertThat(merged[20_001]).isNaN();
        assertThat(merged[29_999]).isEqualTo(Float.NEGATIVE_INFINITY);
        int finite = 0;
        for (float value : merged) {
            finite += Float.isFinite(value) ? 1 : 0;
        }
        assertThat(finite).isEqualTo(COUNT - 2);

        merge(tasks, "again", 1);
        assertThat(Files.readAllBytes(root.resolve("again/model.safetensors")))
                .isEqualTo(Files.readAllBytes(root.resolve("out/model.safetensors")));
    }

    /** The product of an adapter does not show what is wrong with the base; that of a full checkpoint does. */
    @Test
    void oneOfTheBaseCountsForAnAdapterAsForACheckpoint() {
        float[] values = normal("base".hashCode(), COUNT, 0.02);
        values[3] = Float.NaN;
        values[20_001] = Float.POSITIVE_INFINITY;
        write("base", values);
        adapter(normal(4, 400, 0.1));
        JsonNode tensor = tensor(merge(
                        "{merge_method: task_arithmetic, base_model: base, parameters: {weight: 1}, models: [{model: base+lora}, {model: dpo}]}",
                        "out",
                        2)
                .report());
        assertThat(tensor.path("nonFinite").toString()).isEqualTo("{\"inputs\":[2,2],\"result\":2}");
        for (JsonNode input : tensor.path("inputs")) {
            for (String sum : List.of("l1", "l2", "relativeL1", "relativeL2")) {
                assertThat(input.path(sum).isNull()).as(sum).isTrue();
            }
        }
        assertThat(tensor.path("pairs").path(0).path("cosine").isNull()).isTrue();
        assertThat(tensor.path("pairs").path(0).path("keptCosine").isNull()).isTrue();
    }

    @Test
    void everyNanIsTheSameNan() {
        float[] values = new float[COUNT];
        Arrays.fill(values, Float.intBitsToFloat(0xffc01234));
        write("dpo", values);
        merge(LINEAR, "out", 1);
        for (float value : MergeTesting.values(root.resolve("out"), NAME)) {
            assertThat(Float.floatToRawIntBits(value)).isEqualTo(0x7fc00000);
        }
    }

    @Test
    void withoutNanAllowingChangesNothing() {
        JsonNode allowed = merge(TIES, "out", 1).report();
        JsonNode plain =
                MergeTesting.merge(root, TIES, root.resolve("plain"), 1).report();
        assertThat(allowed).isEqualTo(plain);
        assertThat(root.resolve("out/model.safetensors"))
                .hasSameBinaryContentAs(root.resolve("plain/model.safetensors"));
    }

    private MergeJob.Outcome merge(String recipe, String output, int threads) {
        return MergeTesting.merge(
                root, recipe, root.resolve(output), new Engine.Options(threads, 1 << 30, 1 << 30, 0, true));
    }

    private static JsonNode tensor(JsonNode report) {
        for (JsonNode tensor : report.path("tensors")) {
            if (tensor.path("name").asText().equals(NAME)) {
                return tensor;
            }
        }
        throw new AssertionError(report.toString());
    }

    private void assertRefused(String recipe, String text) {
        assertThatThrownBy(() -> MergeTesting.merge(root, recipe, root.resolve("refused"), 2))
                .isInstanceOfSatisfying(MergeException.class, e -> {
                    assertThat(e.reason()).isEqualTo(Reason.ModelInvalid);
                    assertThat(e.sentence()).contains(text).contains("--allow-nan");
                });
        assertThat(root.resolve("refused/model.safetensors")).doesNotExist();
    }

    private void adapter(float[] factor) {
        io.paft.merge.TestModels.adapter(
                root.resolve("lora"),
                "{\"peft_type\": \"LORA\", \"r\": 2, \"lora_alpha\": 4}",
                Map.of(
                        "base_model.model.model.layers.1.mlp.up_proj.lora_A.weight",
                                Tensor.of(Shape.of(2, 200), Dtype.F32, factor),
                        "base_model.model.model.layers.1.mlp.up_proj.lora_B.weight",
                                Tensor.of(Shape.of(150, 2), Dtype.F32, normal(5, 300, 0.1))));
    }

    private void write(String model, float[] values) {
        Map<String, Tensor> tensors = toy(1, 0.02);
        tensors.put(NAME, Tensor.of(Shape.of(150, 200), Dtype.F32, values));
        checkpoint(root.resolve(model), tensors);
    }
}
