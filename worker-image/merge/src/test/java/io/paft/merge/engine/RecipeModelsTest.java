package io.paft.merge.engine;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.normal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.TestModels.Tensor;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which models of a recipe are merged, and in which order. */
class RecipeModelsTest {
    /** More than a tile holds. */
    private static final int COUNT = 3 * Tile.SIZE;

    @TempDir
    Path root;

    @BeforeEach
    void models() {
        for (String model : List.of("big", "a", "b")) {
            checkpoint(
                    root.resolve(model),
                    Map.of(
                            "model.layers.0.mlp.up_proj.weight",
                            Tensor.of(Shape.of(COUNT), Dtype.F32, normal(model.hashCode(), COUNT, 0.02))));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            task_arithmetic, models: [{model: ./big}]|models has no model but the base model: ./big is big
            ties, models: [{model: ./big}, {model: big}]|models has no model but the base model: ./big is big
            slerp, models: [{model: ./big}]|models has no model but the base model: ./big is big
            nuslerp, models: [{model: a}, {model: ./big}]|nuslerp merges 2 models besides the base model, and models lists 1: ./big is big
            multislerp, models: [{model: a/../big}, {model: b}]|multislerp merges at least 2 models besides the base model, and models lists 1: a/../big is big
            """)
    void theBaseModelByAnotherNameIsNoInput(String recipe, String text) {
        assertThatThrownBy(() -> merge(
                        "{base_model: big, parameters: {PARAMETERS}, merge_method: "
                                        .replace("PARAMETERS", recipe.startsWith("slerp") ? "t: 0.5" : "weight: 1")
                                + recipe + "}",
                        "out"))
                .isInstanceOfSatisfying(MergeException.class, e -> {
                    assertThat(e.reason()).isEqualTo(Reason.InvalidParameter);
                    assertThat(e.sentence()).isEqualTo(text + ".");
                });
    }

    @Test
    void theBaseModelByAnotherNameBesideOthersIsLeftOut() {
        String head = "{merge_method: task_arithmetic, base_model: big, parameters: {weight: 1}, models: [";
        merge(head + "{model: ./big}, {model: a}]}", "out");
        merge(head + "{model: a}]}", "plain");
        assertThat(root.resolve("out/model.safetensors"))
                .hasSameBinaryContentAs(root.resolve("plain/model.safetensors"));
    }

    /** There mergekit adds it, and the sum of three products depends on their order. */
    @Test
    void aBaseModelThatLinearDoesNotListIsTheLast() {
        String head = "{merge_method: linear, base_model: big, parameters: {weight: 0.3}, models: [";
        MergeJob.Outcome unlisted = merge(head + "{model: a}, {model: b}]}", "out");
        MergeJob.Outcome last = merge(head + "{model: a}, {model: b}, {model: big}]}", "last");
        merge(head + "{model: big}, {model: a}, {model: b}]}", "first");
        assertThat(root.resolve("out/model.safetensors"))
                .hasSameBinaryContentAs(root.resolve("last/model.safetensors"));
        assertThat(MergeTesting.values(root.resolve("out"), "model.layers.0.mlp.up_proj.weight"))
                .isNotEqualTo(MergeTesting.values(root.resolve("first"), "model.layers.0.mlp.up_proj.weight"));
        assertThat(unlisted.report()).isEqualTo(last.report());
        assertThat(root.resolve("out/config.json"))
                .hasSameBinaryContentAs(root.resolve("last/config.json"))
                .hasSameBinaryContentAs(root.resolve("first/config.json"));
    }

    private MergeJob.Outcome merge(String recipe, String output) {
        return MergeTesting.merge(root, recipe, root.resolve(output), 2);
    }
}
