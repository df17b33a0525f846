package io.paft.merge.engine;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.normal;
import static io.paft.merge.TestModels.plus;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.paft.merge.TestModels.Tensor;
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

class BlendsTest {
    private static final String NAME = "model.layers.0.mlp.up_proj.weight";
    private static final int COUNT = 75_000;

    @TempDir
    Path root;

    @BeforeEach
    void write() {
        float[] base = normal(1, COUNT, 0.02);
        model("base", base);
        model("same", base);
        model("twin", base);
        model("third", base);
        model("a", plus(base, normal(2, COUNT, 0.01)));
        model("b", plus(base, normal(3, COUNT, 0.02)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "slerp, base_model: base, parameters: {t: 0.3}, models: [{model: same}]",
                "nuslerp, models: [{model: base, parameters: {weight: 0.3}}, {model: same, parameters: {weight: 0.6}}]",
                "nuslerp, parameters: {nuslerp_flatten: false}, models: [{model: base, parameters: {weight: 0.3}}, {model: same, parameters: {weight: 0.6}}]",
                "nuslerp, parameters: {nuslerp_flatten: false, nuslerp_row_wise: true}, models: [{model: base, parameters: {weight: 0.3}}, {model: same, parameters: {weight: 0.6}}]",
                "sce, base_model: base, parameters: {select_topk: 0.3}, models: [{model: same}]",
                "nearswap, base_model: base, parameters: {t: 0.01}, models: [{model: same}]",
                "passthrough, models: [{model: same}]",
                "multislerp, base_model: base, parameters: {weight: 1}, models: [{model: same}, {model: twin}, {model: third}]",
                "model_stock, base_model: base, models: [{model: same}, {model: base}, {model: a}]"
            })
    void aModelBlendedWithItselfIsItself(String recipe) throws IOException {
        MergeTesting.merge(root, "{merge_method: " + recipe + "}", root.resolve("out"), 1);
        assertThat(root.resolve("out/model.safetensors"))
                .hasSameBinaryContentAs(root.resolve("base/model.safetensors"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "slerp, base_model: base, parameters: {t: 0.3}, models: [{model: b}]",
                "nuslerp, base_model: base, models: [{model: a, parameters: {weight: 1}}, {model: b, parameters: {weight: 2}}]",
                "multislerp, models: [{model: a, parameters: {weight: 1}}, {model: b, parameters: {weight: 2}}]",
                "model_stock, base_model: base, models: [{model: a}, {model: b}]",
                "nuslerp, parameters: {nuslerp_flatten: false}, models: [{model: a, parameters: {weight: 1}}, {model: b, parameters: {weight: 2}}]",
                "nuslerp, base_model: base, parameters: {nuslerp_flatten: false, nuslerp_row_wise: true}, models: [{model: a, parameters: {weight: 1}}, {model: b, parameters: {weight: 2}}]",
                "model_stock, base_model: base, parameters: {filter_wise: true}, models: [{model: a}, {model: b}]",
                "sce, base_model: base, parameters: {select_topk: 0.3}, models: [{model: a}, {model: b}]",
                "ramplus_tl, base_model: base, models: [{model: a}, {model: b}]"
            })
    void threadsChangeNothing(String recipe) throws IOException {
        MergeTesting.merge(root, "{merge_method: " + recipe + "}", root.resolve("one"), 1);
        MergeTesting.merge(root, "{merge_method: " + recipe + "}", root.resolve("four"), 4);
        assertThat(root.resolve("four/model.safetensors"))
                .hasSameBinaryContentAs(root.resolve("one/model.safetensors"));
    }

    /** Selected by a sort; the deltas are small, so mergekit would weight them equally. */
    @Test
    void sceTakesWhatVariesMost() {
        float[] base = normal(1, COUNT, 0.02);
        model("c", plus(base, normal(4, COUNT, 1e-4)));
        model("d", plus(base, normal(5, COUNT, 2e-4)));
        String recipe =
                "{merge_method: sce, base_model: base, parameters: {select_topk: 0.25}, models: [{model: c}, {model: d}]}";
        MergeTesting.merge(root, recipe, root.resolve("out"), 2);
        double[][] deltas = new double[2][];
        for (int i = 0; i < 2; i++) {
            float[] values = MergeTesting.values(root.resolve(i == 0 ? "c" : "d"), NAME);
            deltas[i] = IntStream.range(0, COUNT)
                    .mapToDouble(k -> values[k] - base[k])
                    .toArray();
        }
        List<Integer> selected = IntStream.range(0, COUNT)
                .boxed()
                .sorted(Comparator.comparing((Integer k) -> -(float) Math.pow((deltas[0][k] - deltas[1][k]) / 2, 2))
                        .thenComparing(k -> k))
                .limit(COUNT / 4)
                .toList();
        double[] squares = new double[2];
        selected.forEach(k -> {
            squares[0] += deltas[0][k] * deltas[0][k];
            squares[1] += deltas[1][k] * deltas[1][k];
        });
        double[] expected = new double[COUNT];
        selected.forEach(k -> {
            double sign = deltas[0][k] + deltas[1][k] >= 0 ? 1 : -1;
            double sum = 0;
            double weights = 0;
            for (int i = 0; i < 2; i++) {
                if (deltas[i][k] * sign > 0) {
                    sum += deltas[i][k] * squares[i];
                    weights += squares[i];
                }
            }
            expected[k] = sum / weights;
        });
        float[] merged = MergeTesting.values(root.resolve("out"), NAME);
        for (int k = 0; k < COUNT; k++) {
            assertThat((double) merged[k]).isCloseTo(base[k] + expected[k], within(1e-8));
        }
    }

    @Test
    void rowWiseWithoutFlattenFalseIsRefused() {
        String recipe =
                "{merge_method: nuslerp, parameters: {weight: 1, nuslerp_row_wise: true}, models: [{model: a}, {model: b}]}";
        assertThatThrownBy(() -> MergeTesting.merge(root, recipe, root.resolve("out"), 1))
                .hasMessageContaining("write nuslerp_flatten: false, or remove nuslerp_row_wise");
    }

    @Test
    void slerpNeedsT() {
        assertThatThrownBy(() -> MergeTesting.merge(
                        root, "{merge_method: slerp, base_model: base, models: [{model: a}]}", root.resolve("out"), 1))
                .hasMessageContaining("slerp has no t for the tensor " + NAME);
    }

    private void model(String name, float[] values) {
        checkpoint(
                root.resolve(name),
                Map.of(
                        NAME,
                        Tensor.of(Shape.of(5, COUNT / 5), Dtype.F32, values),
                        "model.norm.weight",
                        Tensor.of(Shape.of(9), Dtype.F32, java.util.Arrays.copyOf(values, 9))));
    }
}
