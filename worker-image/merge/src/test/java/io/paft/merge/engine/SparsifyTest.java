package io.paft.merge.engine;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.normal;
import static io.paft.merge.TestModels.plus;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paft.merge.TestModels.Tensor;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code sparsify} with its thresholds taken over one tensor; those over the model are in {@link ModelThresholdsTest}. */
class SparsifyTest {
    private static final String NAME = "model.layers.0.mlp.up_proj.weight";
    private static final String NORM = "model.norm.weight";
    private static final int COUNT = 75_065;

    @TempDir
    Path root;

    @BeforeEach
    void write() {
        float[] base = normal(1, COUNT, 0.02);
        model("base", base);
        model("sft", plus(base, normal(2, COUNT, 1e-3)));
        model("dpo", plus(base, normal(3, COUNT, 5e-4)));
        model("zero", new float[COUNT]);
        float[] few = normal(4, COUNT, 2);
        for (int i = 0; i < few.length; i++) {
            few[i] = Math.round(few[i]) * 0x1p-10f;
        }
        model("few", few);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            magnitude, density: 0.3             | ties        | density: 0.3
            magnitude, density: 0               | ties        | density: 0
            magnitude, density: 0.3, rescale: true | ties     | density: 0.3, rescale: true
            random, density: 0.3                | dare_linear | density: 0.3
            random, density: 0.3, rescale: false | dare_linear | density: 0.3, rescale: false
            outliers, density: 0.3              | breadcrumbs | density: 0.3
            outliers, density: 0.3, gamma: 0.2  | breadcrumbs | density: 0.3, gamma: 0.2
            """)
    void isWhatTheMethodItselfDoes(String sparsify, String method, String parameters) throws IOException {
        String head = "{merge_method: task_arithmetic, base_model: base, models: [{model: sft, ";
        merge(head + "parameters: {weight: 1}, sparsify: {method: " + sparsify + "}}]}", "own", 1);
        merge(
                "{merge_method: " + method + ", base_model: base, models: [{model: sft}], parameters: {weight: 1, "
                        + parameters + "}}",
                "method",
                1);
        assertSame("own", "method");
    }

    @Test
    void l1ByLambdaTakesItOffEveryMagnitude() {
        var outcome = merge(one("zero", "sft", "{method: l1, lambda: 4e-3}"), "out", 2);
        float[] sft = values("sft");
        float[] merged = values("out");
        int kept = 0;
        for (int i = 0; i < sft.length; i++) {
            float rest = Math.max(Math.abs(sft[i]) - 4e-3f, 0);
            assertThat(merged[i]).isEqualTo(Math.signum(sft[i]) * rest);
            kept += rest > 0 ? 1 : 0;
        }
        assertThat(density(outcome)).isEqualTo((double) kept / COUNT);
        assertThat(kept).isBetween(COUNT / 2, COUNT - 1);
    }

    @Test
    void l1ByDensityTakesOffTheLargestMagnitudeNotKept() {
        var outcome = merge(one("zero", "sft", "{method: l1, density: 0.1}"), "out", 1);
        float[] sft = values("sft");
        int kept = COUNT / 10;
        float[] sorted = sorted(sft);
        float threshold = sorted[COUNT - kept - 1];
        float[] merged = values("out");
        for (int i = 0; i < sft.length; i++) {
            assertThat(merged[i]).isEqualTo(Math.signum(sft[i]) * Math.max(Math.abs(sft[i]) - threshold, 0));
        }
        assertThat(density(outcome)).isEqualTo((double) kept / COUNT);
    }

    /** Of equal magnitudes on both sides of the density none is left. */
    @Test
    void l1ByDensityNeverLeavesMore() {
        float[] few = values("few");
        int above = 0;
        for (float value : few) {
            above += Math.abs(value) > 0x1p-9f ? 1 : 0;
        }
        double density = (above + 10.0) / COUNT;
        var outcome = merge(one("zero", "few", "{method: l1, density: " + density + "}"), "out", 1);
        float[] merged = values("out");
        for (int i = 0; i < few.length; i++) {
            assertThat(merged[i]).isEqualTo(Math.signum(few[i]) * Math.max(Math.abs(few[i]) - 0x1p-9f, 0));
        }
        assertThat(density(outcome)).isEqualTo((double) above / COUNT);
    }

    @ParameterizedTest
    @CsvSource({"few, magnitude, 0.31", "sft, magnitude, 0.31", "few, outliers, 0.25", "sft, outliers, 0.9"})
    void keepsExactlyTheNumber(String model, String method, double density) {
        String sparsify = "{method: " + method + ", density: " + density + ", gamma: 0.08}";
        if (method.equals("magnitude")) {
            sparsify = sparsify.replace(", gamma: 0.08", "");
        }
        var outcome = merge(one("zero", model, sparsify), "out", 1);
        assertThat(density(outcome)).isEqualTo((double) (long) (density * COUNT) / COUNT);
        // Of equal magnitudes too: "few" has a dozen of them, and its zeros are below every threshold here.
        int left = 0;
        for (float value : values("out")) {
            left += value == 0 ? 0 : 1;
        }
        assertThat(left).isEqualTo((int) (density * COUNT));
    }

    @Test
    void densityOneAndLambdaZeroLeaveTheDeltaAlone() throws IOException {
        merge(
                "{merge_method: task_arithmetic, base_model: base, models: [{model: few, parameters: {weight: 1}}]}",
                "no",
                1);
        merge(one("base", "few", "{method: l1, density: 1}"), "one", 1);
        merge(one("base", "few", "{method: l1, lambda: 0}"), "zeroed", 1);
        assertSame("one", "no");
        assertSame("zeroed", "no");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "task_arithmetic",
                "ties",
                "breadcrumbs_ties",
                "dare_ties",
                "della",
                "nuslerp",
                "multislerp",
                "model_stock",
                "ram",
                "ramplus_tl",
                "sce"
            })
    void threadsAndOrderOfInputsChangeNothing(String method) throws IOException {
        String weighted = method.startsWith("ram") || method.equals("model_stock") || method.equals("sce")
                ? ""
                : "parameters: {weight: 0.6}, ";
        String head = "{merge_method: " + method + ", base_model: base, ";
        String sft = "{model: sft, " + weighted + "sparsify: {method: magnitude, density: 0.3, rescale: true}}";
        String dpo = "{model: dpo, " + weighted + "sparsify: {method: l1, density: [0.2, 0.4], scope: model}}";
        merge(head + "models: [" + sft + ", " + dpo + "]}", "one", 1);
        merge(head + "models: [" + sft + ", " + dpo + "]}", "four", 4);
        merge(head + "models: [" + dpo + ", " + sft + "]}", "swapped", 3);
        merge(
                head + "models: [" + (sft + ", " + dpo).replaceAll(", sparsify: \\{[^}]*}|sparsify: \\{[^}]*}", "")
                        + "]}",
                "dense",
                1);
        assertSame("four", "one");
        assertSame("swapped", "one");
        assertThat(values("dense")).isNotEqualTo(values("one"));
    }

    @Test
    void rescaleIsOfTheInputThatAsksForIt() {
        String recipe = "{merge_method: task_arithmetic, base_model: zero, models: ["
                + "{model: sft, parameters: {weight: 1}, sparsify: {method: magnitude, density: 0.5, rescale: true}},"
                + "{model: few, parameters: {weight: 0}, sparsify: {method: magnitude, density: 0.5}}]}";
        merge(recipe, "out", 1);
        double before = 0;
        double after = 0;
        float[] sft = values("sft");
        float[] merged = values("out");
        for (int i = 0; i < sft.length; i++) {
            before += Math.abs(sft[i]);
            after += Math.abs(merged[i]);
        }
        assertThat(after / before).isCloseTo(1, org.assertj.core.api.Assertions.within(1e-6));
    }

    @Test
    void theWholeModelIsNotRescaledTensorByTensor() {
        assertThatThrownBy(() -> merge(
                        one("base", "sft", "{method: magnitude, density: 0.5, rescale: true, scope: model}"), "out", 1))
                .hasMessageContaining("write rescale: false, or scope: tensor");
    }

    private static String one(String base, String model, String sparsify) {
        return "{merge_method: task_arithmetic, base_model: " + base + ", models: [{model: " + model
                + ", parameters: {weight: 1}, sparsify: " + sparsify + "}]}";
    }

    private MergeJob.Outcome merge(String recipe, String output, int threads) {
        return MergeTesting.merge(root, recipe, root.resolve(output), threads);
    }

    private float[] values(String model) {
        return MergeTesting.values(root.resolve(model), NAME);
    }

    private static double density(MergeJob.Outcome outcome) {
        return outcome.report().at("/tensors/0/inputs/0/density").asDouble();
    }

    private void assertSame(String first, String second) throws IOException {
        assertThat(root.resolve(first + "/model.safetensors"))
                .hasSameBinaryContentAs(root.resolve(second + "/model.safetensors"));
    }

    private static float[] sorted(float[] values) {
        float[] magnitudes = values.clone();
        for (int i = 0; i < magnitudes.length; i++) {
            magnitudes[i] = Math.abs(magnitudes[i]);
        }
        java.util.Arrays.sort(magnitudes);
        return magnitudes;
    }

    private void model(String name, float[] values) {
        Map<String, Tensor> tensors = new TreeMap<>();
        tensors.put(NAME, Tensor.of(Shape.of(5, COUNT / 5), Dtype.F32, values));
        tensors.put(NORM, Tensor.of(Shape.of(9), Dtype.F32, java.util.Arrays.copyOf(values, 9)));
        checkpoint(root.resolve(name), tensors);
    }
}
