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
        model("a", plus(base, normal(2, COUNT, 0.01)));
        model("b", plus(base, normal(3, COUNT, 0.02)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "slerp, base_model: base, parameters: {t: 0.3}, models: [{model: same}]",
                "nuslerp, models: [{model: base, parameters: {weight: 0.3}}, {model: same, parameters: {weight: 0.6}}]",
                "nearswap, base_model: base, parameters: {t: 0.01}, models: [{model: same}]",
                "passthrough, models: [{model: same}]",
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
                "ramplus_tl, base_model: base, models: [{model: a}, {model: b}]"
            })
    void threadsChangeNothing(String recipe) throws IOException {
        MergeTesting.merge(root, "{merge_method: " + recipe + "}", root.resolve("one"), 1);
        MergeTesting.merge(root, "{merge_method: " + recipe + "}", root.resolve("four"), 4);
        assertThat(root.resolve("four/model.safetensors"))
                .hasSameBinaryContentAs(root.resolve("one/model.safetensors"));
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
