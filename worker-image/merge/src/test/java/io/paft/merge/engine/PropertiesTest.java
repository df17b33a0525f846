package io.paft.merge.engine;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.normal;
import static io.paft.merge.TestModels.plus;
import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.TestModels.Tensor;
import io.paft.merge.files.FileTree;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for any models: one whole branch is that branch, and it does not matter which input a recipe names first. */
class PropertiesTest {
    private static final String NAME = "model.layers.0.mlp.up_proj.weight";
    private static final int ROWS = 4;
    private static final int COUNT = 30_000;
    private static final List<String> ABC = List.of("a", "b", "c");

    @TempDir
    Path root;

    @BeforeEach
    void models() {
        float[] base = normal(1, COUNT, 0.02);
        model("base", base);
        model("a", plus(base, normal(2, COUNT, 1e-3)));
        model("b", plus(base, normal(3, COUNT, 3e-4)));
        model("c", plus(base, normal(4, COUNT, 5e-3)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "task_arithmetic, base_model: base, models: [{model: a, parameters: {weight: 1}}]",
                "ties, base_model: base, models: [{model: a, parameters: {weight: 1, density: 1}}]",
                "dare_ties, base_model: base, models: [{model: a, parameters: {weight: 1, density: 1}}]",
                "della_linear, base_model: base, models: [{model: a, parameters: {weight: 1, density: 1}}]",
                "ram, base_model: base, parameters: {epsilon: 0}, models: [{model: a}]",
                "sce, base_model: base, models: [{model: a}]",
                "linear, models: [{model: a, parameters: {weight: 1}}]",
                "passthrough, models: [{model: a}]"
            })
    void oneWholeBranchIsThatBranch(String recipe) throws IOException {
        assertThat(merged(recipe)).isEqualTo(Files.readAllBytes(root.resolve("a/model.safetensors")));
    }

    /** What the method is for: where one branch has changed an element and the other has not, that change is in the result. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "task_arithmetic, base_model: base, parameters: {weight: 1}",
                "ties, base_model: base, parameters: {weight: 1, density: 1}",
                "ties, base_model: base, parameters: {weight: 1, density: 0.5}",
                "dare_ties, base_model: base, parameters: {weight: 1, density: 1}",
                "breadcrumbs, base_model: base, parameters: {weight: 1, density: 0.5, gamma: 0}",
                "ram, base_model: base, parameters: {epsilon: 0}"
            })
    void whatOneBranchAloneHasChangedIsKept(String recipe) throws IOException {
        float[] base = normal(1, COUNT, 0.02);
        float[] even = normal(2, COUNT, 1e-3);
        float[] odd = normal(3, COUNT, 1e-3);
        for (int i = 0; i < COUNT; i++) {
            (i % 2 == 0 ? odd : even)[i] = 0;
        }
        model("even", plus(base, even));
        model("odd", plus(base, odd));
        model("both", plus(plus(base, even), odd));
        assertThat(merged(recipe + ", models: [{model: even}, {model: odd}]"))
                .isEqualTo(Files.readAllBytes(root.resolve("both/model.safetensors")));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.25, 0.5, 0.75, 1})
    void theWayBackIsTheWayThere(double t) throws IOException {
        assertThat(merged("slerp, base_model: c, parameters: {t: " + (1 - t) + "}, models: [{model: a}]"))
                .isEqualTo(merged("slerp, base_model: a, parameters: {t: " + t + "}, models: [{model: c}]"));
    }

    /** To the bit: a sum of two does not depend on their order. Linear adds products that are not rounded: see the next test. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "task_arithmetic, base_model: base, models",
                "ties, base_model: base, parameters: {density: 0.3}, models",
                "breadcrumbs_ties, base_model: base, parameters: {density: 0.3}, models",
                "dare_ties, base_model: base, parameters: {density: 0.3}, models",
                "della, base_model: base, parameters: {density: 0.4}, models",
                "nuslerp, base_model: base, models",
                "multislerp, base_model: base, models",
                "model_stock, base_model: base, models",
                "sce, base_model: base, parameters: {select_topk: 0.3}, models",
                "ram, base_model: base, models",
                "ramplus_tl, base_model: base, models"
            })
    void theOrderOfTwoInputsChangesNothing(String recipe) throws IOException {
        assertThat(merged(recipe + models(recipe, "c", "a"))).isEqualTo(merged(recipe + models(recipe, "a", "c")));
    }

    /** Sums of more are float32 in the order of the recipe, as in mergekit: the last places may differ, and nothing else. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "linear, models",
                "task_arithmetic, base_model: base, models",
                "ties, base_model: base, parameters: {density: 0.3}, models",
                "breadcrumbs_ties, base_model: base, parameters: {density: 0.3}, models",
                "dare_ties, base_model: base, parameters: {density: 0.3}, models",
                "della, base_model: base, parameters: {density: 0.4}, models",
                "multislerp, base_model: base, models",
                "model_stock, base_model: base, models",
                "sce, base_model: base, parameters: {select_topk: 0.3}, models",
                "ram, base_model: base, models",
                "ramplus_tl, base_model: base, models"
            })
    void theOrderOfThreeInputsChangesNoMoreThanRounding(String recipe) throws IOException {
        float[] first = values(recipe + models(recipe, "a", "b", "c"));
        float[] largest = new float[COUNT];
        for (String model : List.of("base", "a", "b", "c")) {
            float[] values = MergeTesting.values(root.resolve(model), NAME);
            for (int i = 0; i < COUNT; i++) {
                largest[i] = Math.max(largest[i], Math.abs(values[i]));
            }
        }
        for (String[] order : new String[][] {{"b", "c", "a"}, {"c", "b", "a"}, {"b", "a", "c"}}) {
            float[] other = values(recipe + models(recipe, order));
            for (int i = 0; i < COUNT; i++) {
                float unit = Math.ulp(Math.max(largest[i], Math.abs(first[i])));
                assertThat(Math.abs(first[i] - other[i])).as("element %d", i).isLessThanOrEqualTo(4 * unit);
            }
        }
    }

    /** Each with its own weight, where the method has one. */
    private static String models(String recipe, String... names) {
        boolean weighted = !recipe.matches("(model_stock|sce|ram|ramplus_tl),.*");
        StringBuilder text = new StringBuilder(": [");
        for (String name : names) {
            double weight = 0.3 + 0.25 * ABC.indexOf(name);
            text.append("{model: ").append(name);
            text.append(weighted ? ", parameters: {weight: " + weight + "}}," : "},");
        }
        return text.append("]").toString();
    }

    private byte[] merged(String recipe) throws IOException {
        run(recipe);
        return Files.readAllBytes(root.resolve("out/model.safetensors"));
    }

    private float[] values(String recipe) throws IOException {
        run(recipe + ", out_dtype: float32");
        return MergeTesting.values(root.resolve("out"), NAME);
    }

    private void run(String recipe) throws IOException {
        FileTree.delete(root.resolve("out"));
        MergeTesting.merge(root, "{merge_method: " + recipe + "}", root.resolve("out"), 2);
    }

    private void model(String name, float[] values) {
        checkpoint(root.resolve(name), Map.of(NAME, Tensor.of(Shape.of(ROWS, COUNT / ROWS), Dtype.BF16, values)));
    }
}
