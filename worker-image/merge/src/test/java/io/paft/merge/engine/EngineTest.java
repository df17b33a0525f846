package io.paft.merge.engine;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.normal;
import static io.paft.merge.TestModels.plus;
import static io.paft.merge.TestModels.toy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.TestModels.Tensor;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineTest {
    private static final String LARGE = "model.layers.0.mlp.up_proj.weight";
    private static final int ROWS = 3;
    private static final int COLUMNS = 25_001;

    @TempDir
    Path root;

    @Test
    void aModelMergedWithItselfIsItself() throws IOException {
        checkpoint(root.resolve("a"), toy(1, 0.02));
        checkpoint(root.resolve("b"), toy(1, 0.02));
        MergeTesting.merge(root, linear("a", "b"), root.resolve("out"), 1);
        assertThat(root.resolve("out/model.safetensors")).hasSameBinaryContentAs(root.resolve("a/model.safetensors"));
        assertThat(Json.readObject(root.resolve("out/config.json"), "config")
                        .path("dtype")
                        .asText())
                .isEqualTo("float32");
    }

    @Test
    void oneWholeDeltaGivesItsModel() {
        Map<String, Tensor> base = toy(1, 0.5);
        Map<String, Tensor> branch = new TreeMap<>();
        // Powers of two apart, so that B + (W - B) has nothing to round.
        base.forEach((name, tensor) -> branch.put(name, Tensor.of(Shape.of(4), Dtype.BF16, 1, 2, 3, 4)));
        base.replaceAll((name, tensor) -> Tensor.of(Shape.of(4), Dtype.BF16, 0.5f, 2, -3, 8));
        checkpoint(root.resolve("base"), base);
        checkpoint(root.resolve("branch"), branch);
        String recipe =
                "{merge_method: task_arithmetic, base_model: base, models: [{model: branch, parameters: {weight: 1}}]}";
        MergeTesting.merge(root, recipe, root.resolve("out"), 1);
        assertThat(root.resolve("out/model.safetensors"))
                .hasSameBinaryContentAs(root.resolve("branch/model.safetensors"));
    }

    @Test
    void anyNumberOfThreadsGivesTheSameBytes() {
        large();
        MergeJob.Outcome one = MergeTesting.merge(root, ties(0.3, 0.07), root.resolve("one"), 1);
        MergeJob.Outcome four = MergeTesting.merge(root, ties(0.3, 0.07), root.resolve("four"), 4);
        assertThat(root.resolve("one/model.safetensors"))
                .hasSameBinaryContentAs(root.resolve("four/model.safetensors"));
        assertThat(one.report()).isEqualTo(four.report());
    }

    @Test
    void tilesGiveWhatTheWholeTensorGives() {
        Map<String, float[]> values = large();
        MergeJob.Outcome outcome = MergeTesting.merge(root, ties(0.3, 0.07), root.resolve("out"), 2);
        float[] base = get(values, "base");
        float[] sft = trimmed(get(values, "sft"), base, 0.3);
        float[] dpo = trimmed(get(values, "dpo"), base, 0.07);
        float[] merged = MergeTesting.values(root.resolve("out"), LARGE);
        for (int i = 0; i < merged.length; i++) {
            float sum = sft[i] + dpo[i];
            float kept = 0;
            int count = 0;
            for (float term : new float[] {sft[i], dpo[i]}) {
                if (sum >= 0 ? term > 0 : term < 0) {
                    kept += term;
                    count++;
                }
            }
            assertThat(merged[i]).isEqualTo(base[i] + kept / Math.max(1, count));
        }
        ObjectNode tensor = (ObjectNode) outcome.report().path("tensors").path(1);
        assertThat(tensor.path("name").asText()).isEqualTo(LARGE);
        long elements = (long) ROWS * COLUMNS;
        assertThat(tensor.path("inputs").path(0).path("density").asDouble())
                .isEqualTo((double) (long) (0.3 * elements) / elements);
    }

    @Test
    void statisticsAreOfTheWholeTensor() {
        Map<String, float[]> values = large();
        ObjectNode report = MergeTesting.merge(root, ties(0.3, 0.07), root.resolve("out"), 2)
                .report();
        float[] base = get(values, "base");
        float[] sft = get(values, "sft");
        double squares = 0;
        double baseSquares = 0;
        double conflicts = 0;
        for (int i = 0; i < base.length; i++) {
            squares += Math.pow(sft[i] - base[i], 2);
            baseSquares += (double) base[i] * base[i];
            conflicts += (sft[i] - base[i]) * (get(values, "dpo")[i] - base[i]) < 0 ? 1 : 0;
        }
        var tensor = report.path("tensors").path(1);
        var close = org.assertj.core.data.Percentage.withPercentage(1e-6);
        assertThat(tensor.path("inputs").path(0).path("l2").asDouble()).isCloseTo(Math.sqrt(squares), close);
        assertThat(tensor.path("inputs").path(0).path("relativeL2").asDouble())
                .isCloseTo(Math.sqrt(squares / baseSquares), close);
        assertThat(tensor.path("pairs").path(0).path("signConflict").asDouble())
                .isCloseTo(conflicts / base.length, close);
    }

    @Test
    void shardsAreIndexedAndReadBack() {
        checkpoint(root.resolve("a"), toy(1, 0.02));
        MergeTesting.merge(
                root,
                "{merge_method: linear, models: [{model: a, parameters: {weight: 1}}]}",
                root.resolve("out"),
                new Engine.Options(2, 1 << 30, 130));
        assertThat(root.resolve("out/model-00001-of-00003.safetensors")).exists();
        assertThat(root.resolve("out/model.safetensors")).doesNotExist();
        ObjectNode index = Json.readObject(root.resolve("out/model.safetensors.index.json"), "index");
        assertThat(index.path("metadata").path("total_size").asLong()).isEqualTo(336);
        for (String name : toy(1, 1).keySet()) {
            assertThat(MergeTesting.values(root.resolve("out"), name))
                    .isEqualTo(MergeTesting.values(root.resolve("a"), name));
        }
    }

    @Test
    void differentShapesAreNamed() {
        checkpoint(root.resolve("a"), toy(1, 0.02));
        Map<String, Tensor> other = toy(1, 0.02);
        other.put("model.norm.weight", Tensor.vector(1, 2));
        checkpoint(root.resolve("b"), other);
        assertFails(
                linear("a", "b"),
                Reason.ShapeMismatch,
                "tensor model.norm.weight has the shape [2] in b, but [4] in a");
        other.remove("model.norm.weight");
        checkpoint(root.resolve("b"), other);
        assertFails(linear("a", "b"), Reason.ShapeMismatch, "model.norm.weight is in a, but not in b");
    }

    @Test
    void nanIsNamedAndNothingIsComplete() {
        checkpoint(root.resolve("a"), toy(1, 0.02));
        Map<String, Tensor> other = toy(1, 0.02);
        other.put("model.norm.weight", Tensor.vector(1, 2, Float.NaN, 3));
        checkpoint(root.resolve("b"), other);
        assertFails(linear("a", "b"), Reason.ModelInvalid, "model.norm.weight");
        assertThat(root.resolve("out/model.safetensors")).doesNotExist();
    }

    @Test
    void whatDoesNotFitFloat16IsNotWritten() {
        Map<String, Tensor> big = toy(1, 0.02);
        big.put("model.norm.weight", Tensor.vector(1, 2, 70000, 3));
        checkpoint(root.resolve("a"), big);
        assertFails(
                "{merge_method: linear, out_dtype: float16, models: [{model: a, parameters: {weight: 1}}]}",
                Reason.ModelInvalid,
                "65504");
    }

    @Test
    void otherTypesPassThroughWhenEqual() {
        Map<String, Tensor> first = toy(1, 0.02);
        first.put("model.ids", new Tensor(Shape.of(2), Dtype.I64, new byte[16]));
        first.put("model.eight", new Tensor(Shape.of(3), Dtype.F8_E4M3, new byte[] {1, 2, 3}));
        checkpoint(root.resolve("a"), first);
        checkpoint(root.resolve("b"), first);
        MergeTesting.merge(root, linear("a", "b"), root.resolve("out"), 2);
        assertThat(root.resolve("out/model.safetensors")).hasSameBinaryContentAs(root.resolve("a/model.safetensors"));
        first.put("model.eight", new Tensor(Shape.of(3), Dtype.F8_E4M3, new byte[] {1, 2, 4}));
        checkpoint(root.resolve("b"), first);
        assertFails(linear("a", "b"), Reason.ModelInvalid, "model.eight of type F8_E4M3");
    }

    @Test
    void aHeadThatOneModelSharesIsReadFromTheEmbedding() throws IOException {
        Map<String, Tensor> tied = toy(1, 0.02);
        Map<String, Tensor> untied = toy(1, 0.02);
        untied.put("lm_head.weight", Tensor.of(Shape.of(8, 4), Dtype.F32, normal(5, 32, 1)));
        checkpoint(root.resolve("a"), tied);
        checkpoint(root.resolve("b"), untied);
        MergeTesting.merge(root, linear("a", "b"), root.resolve("out"), 1);
        float[] embedding = MergeTesting.values(root.resolve("a"), "model.embed_tokens.weight");
        float[] head = MergeTesting.values(root.resolve("b"), "lm_head.weight");
        float[] merged = MergeTesting.values(root.resolve("out"), "lm_head.weight");
        for (int i = 0; i < merged.length; i++) {
            assertThat(merged[i]).isEqualTo((embedding[i] + head[i]) / 2);
        }
        assertThat(Json.readObject(root.resolve("out/config.json"), "c")
                        .path("tie_word_embeddings")
                        .isBoolean())
                .isTrue();
    }

    @Test
    void namesAndRevisionsOfAHubAreRefused() {
        checkpoint(root.resolve("a"), toy(1, 0.02));
        assertFails(linear("a", "org/model"), Reason.ModelNotFound, "hf download org/model");
        assertFails(
                linear("a@main", "a"), Reason.ModelNotFound, "write a, a local directory that has the revision main");
        assertFails(linear("a+b@v1", "a"), Reason.ModelNotFound, "b@v1: revisions are not looked up: write b");
    }

    @Test
    void tooLittleMemoryIsSaid() {
        checkpoint(root.resolve("a"), toy(1, 0.02));
        checkpoint(root.resolve("b"), toy(1, 0.02));
        assertThatThrownBy(() -> MergeTesting.merge(
                        root, linear("a", "b"), root.resolve("out"), new Engine.Options(1, 1000, 1000)))
                .hasMessageContaining("--max-memory");
    }

    private void assertFails(String recipe, Reason reason, String text) {
        assertThatThrownBy(() -> MergeTesting.merge(root, recipe, root.resolve("out"), 2))
                .isInstanceOfSatisfying(MergeException.class, e -> {
                    assertThat(e.reason()).isEqualTo(reason);
                    assertThat(e.sentence()).contains(text);
                });
    }

    /** A tensor of several tiles; half of the differences are of few sizes, so that many are equal. */
    private Map<String, float[]> large() {
        int count = ROWS * COLUMNS;
        float[] base = normal(1, count, 0.02);
        float[] few = normal(4, count, 1);
        for (int i = 0; i < count; i++) {
            few[i] = i % 2 == 0 ? Math.round(few[i]) * 0x1p-10f : few[i] * 1e-3f;
        }
        Map<String, float[]> values =
                Map.of("base", base, "sft", plus(base, normal(2, count, 1e-3)), "dpo", plus(base, few));
        values.forEach((name, tensor) -> {
            Map<String, Tensor> tensors = toy(1, 0.02);
            tensors.put(LARGE, Tensor.of(Shape.of(ROWS, COLUMNS), Dtype.F32, tensor));
            checkpoint(root.resolve(name), tensors);
        });
        return values;
    }

    private static float[] get(Map<String, float[]> values, String name) {
        float[] found = values.get(name);
        return found == null ? new float[0] : found;
    }

    /** The trim as one would write it down: sort everything. */
    private static float[] trimmed(float[] values, float[] base, double density) {
        float[] delta = new float[values.length];
        for (int i = 0; i < delta.length; i++) {
            delta[i] = values[i] - base[i];
        }
        float[] result = new float[delta.length];
        IntStream.range(0, delta.length)
                .boxed()
                .sorted(Comparator.comparing((Integer i) -> -Math.abs(delta[i])).thenComparing(i -> i))
                .limit((long) (density * delta.length))
                .forEach(i -> result[i] = delta[i]);
        return result;
    }

    private static String linear(String... models) {
        StringBuilder text = new StringBuilder("{merge_method: linear, models: [");
        for (String model : models) {
            text.append("{model: ").append(model).append(", parameters: {weight: 0.5}},");
        }
        return text.append("]}").toString();
    }

    private static String ties(double sft, double dpo) {
        return "{merge_method: ties, base_model: base, models: [{model: sft, parameters: {weight: 1, density: " + sft
                + "}}, {model: dpo, parameters: {weight: 1, density: " + dpo + "}}]}";
    }
}
