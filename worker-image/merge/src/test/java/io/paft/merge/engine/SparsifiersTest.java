package io.paft.merge.engine;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.normal;
import static io.paft.merge.TestModels.plus;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.paft.merge.TestModels.Tensor;
import io.paft.merge.kernel.CounterRandom;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SparsifiersTest {
    private static final String NAME = "model.layers.0.mlp.up_proj.weight";
    private static final int ROWS = 5;
    private static final int COLUMNS = 15_013;
    private static final String BOTH =
            ", models: [{model: sft, parameters: {weight: 0.7, density: 0.3}}, {model: dpo, parameters: {weight: 0.4, density: 0.6}}]}";
    private static final String SWAPPED =
            ", models: [{model: dpo, parameters: {weight: 0.4, density: 0.6}}, {model: sft, parameters: {weight: 0.7, density: 0.3}}]}";

    @TempDir
    Path root;

    @BeforeEach
    void write() {
        int count = ROWS * COLUMNS;
        float[] base = normal(1, count, 0.02);
        model("base", base);
        model("sft", plus(base, normal(2, count, 1e-3)));
        model("dpo", plus(base, normal(3, count, 5e-4)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"breadcrumbs", "breadcrumbs_ties", "dare_linear", "dare_ties", "della", "della_linear", "ties"})
    void threadsAndOrderOfInputsChangeNothing(String method) throws IOException {
        String head = "{merge_method: " + method + ", base_model: base, parameters: {rescale: true}";
        MergeTesting.merge(root, head + BOTH, root.resolve("one"), 1);
        MergeTesting.merge(root, head + BOTH, root.resolve("four"), 4);
        MergeTesting.merge(root, head + SWAPPED, root.resolve("swapped"), 2);
        assertThat(root.resolve("four/model.safetensors"))
                .hasSameBinaryContentAs(root.resolve("one/model.safetensors"));
        assertThat(root.resolve("swapped/model.safetensors"))
                .hasSameBinaryContentAs(root.resolve("one/model.safetensors"));
    }

    @Test
    void breadcrumbsKeepsExactlyTheRanksBelowTheOutliers() {
        // Ranks from the smallest: 1 2 3 4 5 6 7 8 9 10; density 0.4 and gamma 0.2 keep 5 to 8.
        tiny(3, -9, 1, 7, -10, 5, 2, -6, 8, 4);
        String recipe =
                "{merge_method: breadcrumbs, base_model: zero, models: [{model: tiny, parameters: {weight: 2, density: 0.4, gamma: 0.2}}]}";
        var outcome = MergeTesting.merge(root, recipe, root.resolve("out"), 1);
        assertThat(MergeTesting.values(root.resolve("out"), NAME)).containsExactly(0, 0, 0, 14, 0, 10, 0, -12, 16, 0);
        assertThat(outcome.report().at("/tensors/0/inputs/0/density").asDouble())
                .isEqualTo(0.4);
    }

    @Test
    void ofEqualMagnitudesTheFirstAreTheOutliers() {
        tiny(1, -1, 1, 1, -1, 1, 1, 1, 1, 1);
        String recipe =
                "{merge_method: breadcrumbs, base_model: zero, models: [{model: tiny, parameters: {weight: 1, density: 0.4, gamma: 0.2}}]}";
        MergeTesting.merge(root, recipe, root.resolve("out"), 1);
        assertThat(MergeTesting.values(root.resolve("out"), NAME)).containsExactly(0, 0, 1, 1, -1, 1, 0, 0, 0, 0);
    }

    @Test
    void rescaleGivesBackTheNorm() {
        tiny(3, -9, 1, 7, -10, 5, 2, -6, 8, 4);
        String recipe =
                "{merge_method: ties, base_model: zero, parameters: {rescale: true}, models: [{model: tiny, parameters: {weight: 1, density: 0.2}}]}";
        MergeTesting.merge(root, recipe, root.resolve("out"), 1);
        float factor = 55f / 19f;
        assertThat(MergeTesting.values(root.resolve("out"), NAME))
                .containsExactly(0, -9 * factor, 0, 0, -10 * factor, 0, 0, 0, 0, 0);
    }

    /** In float16 sums of magnitudes overflow from 65504 on, and mergekit's factor is then infinity by infinity. */
    @Test
    void rescaleOfFloat16HasNoNan() {
        float[] large = new float[64];
        for (int i = 0; i < large.length; i++) {
            large[i] = i % 2 == 0 ? 10_000f : 20_000f;
        }
        tensor("zero", Tensor.of(Shape.of(64), Dtype.F16, new float[64]));
        tensor("tiny", Tensor.of(Shape.of(64), Dtype.F16, large));
        String recipe =
                "{merge_method: ties, base_model: zero, parameters: {rescale: true}, models: [{model: tiny, parameters: {weight: 1, density: 0.5}}]}";
        MergeTesting.merge(root, recipe, root.resolve("out"), 1);
        float[] merged = MergeTesting.values(root.resolve("out"), NAME);
        assertThat(merged[0]).isZero();
        assertThat(merged[1]).isEqualTo(30_000f);
    }

    @Test
    void dareKeepsWhatTheGeneratorSaysAndTheNorm() {
        String recipe =
                "{merge_method: dare_linear, base_model: base, models: [{model: sft, parameters: {weight: 1, density: 0.1}}]}";
        var options = new Engine.Options(2, 1L << 30, Engine.Options.SHARD_SIZE, 11);
        var outcome = MergeTesting.merge(root, recipe, root.resolve("out"), options);
        float[] base = MergeTesting.values(root.resolve("base"), NAME);
        float[] sft = MergeTesting.values(root.resolve("sft"), NAME);
        float[] merged = MergeTesting.values(root.resolve("out"), NAME);
        long key = CounterRandom.key(11, "sft", NAME);
        int kept = 0;
        double before = 0;
        double after = 0;
        for (int i = 0; i < base.length; i++) {
            boolean keep = CounterRandom.uniform(key, i) < 0.1;
            kept += keep ? 1 : 0;
            before += Math.abs(sft[i] - base[i]);
            after += Math.abs(merged[i] - base[i]);
            assertThat(keep || merged[i] == base[i]).isTrue();
        }
        assertThat(outcome.report().at("/tensors/0/inputs/0/density").asDouble())
                .isEqualTo((double) kept / base.length);
        assertThat(after / before).isCloseTo(1, within(1e-4));
    }

    @Test
    void dellaKeepsByTheRankInTheRow() {
        String recipe =
                "{merge_method: della_linear, base_model: base, parameters: {rescale: false}, models: [{model: sft, parameters: {weight: 1, density: 0.4, epsilon: 0.2}}]}";
        MergeTesting.merge(root, recipe, root.resolve("out"), 2);
        float[] base = MergeTesting.values(root.resolve("base"), NAME);
        float[] sft = MergeTesting.values(root.resolve("sft"), NAME);
        float[] merged = MergeTesting.values(root.resolve("out"), NAME);
        long key = CounterRandom.key(0, "sft", NAME);
        for (int row = 0; row < ROWS; row++) {
            int start = row * COLUMNS;
            // Columns by magnitude, ascending; of equal ones the first ranks higher.
            List<Integer> order = IntStream.range(start, start + COLUMNS)
                    .boxed()
                    .sorted(Comparator.comparing((Integer i) -> Math.abs(sft[i] - base[i]))
                            .thenComparing(Comparator.reverseOrder()))
                    .toList();
            for (int rank = 0; rank < COLUMNS; rank++) {
                int i = order.get(rank);
                double probability = 0.4 - 0.2 + 2 * 0.2 * ((double) rank / (COLUMNS - 1));
                float delta = sft[i] - base[i];
                assertThat(merged[i])
                        .isEqualTo(CounterRandom.uniform(key, i) < probability ? base[i] + delta : base[i]);
            }
        }
    }

    @Test
    void dellaOfARowOfOneElementHasTheDensity() {
        model("zero", new float[1000], 1000);
        float[] ones = new float[1000];
        java.util.Arrays.fill(ones, 1f);
        model("tiny", ones, 1000);
        String recipe =
                "{merge_method: della, base_model: zero, parameters: {rescale: false}, models: [{model: tiny, parameters: {weight: 1, density: 0.5}}]}";
        var outcome = MergeTesting.merge(root, recipe, root.resolve("out"), 1);
        assertThat(outcome.report().at("/tensors/0/inputs/0/density").asDouble())
                .isCloseTo(0.5, within(0.06));
    }

    @Test
    void dellaRefusesProbabilitiesOutsideTheUnit() {
        String recipe =
                "{merge_method: della, base_model: base, models: [{model: sft, parameters: {weight: 1, density: 0.9}}]}";
        assertThatThrownBy(() -> MergeTesting.merge(root, recipe, root.resolve("out"), 1))
                .hasMessageContaining("choose a smaller epsilon");
    }

    @Test
    void anotherSeedIsAnotherMask() {
        String recipe =
                "{merge_method: dare_ties, base_model: base, models: [{model: sft, parameters: {weight: 1, density: 0.5}}]}";
        for (int seed = 0; seed < 2; seed++) {
            MergeTesting.merge(
                    root, recipe, root.resolve("out" + seed), new Engine.Options(1, 1L << 30, 1L << 40, seed));
        }
        assertThat(MergeTesting.values(root.resolve("out0"), NAME))
                .isNotEqualTo(MergeTesting.values(root.resolve("out1"), NAME));
    }

    private void tiny(float... values) {
        model("zero", new float[values.length], 1);
        model("tiny", values, 1);
    }

    private void model(String name, float[] values) {
        model(name, values, ROWS);
    }

    private void model(String name, float[] values, int rows) {
        tensor(name, Tensor.of(Shape.of(rows, values.length / rows), Dtype.F32, values));
    }

    private void tensor(String name, Tensor tensor) {
        checkpoint(root.resolve(name), Map.of(NAME, tensor));
    }
}
