package io.paft.merge.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.TestModels;
import io.paft.merge.TestModels.Tensor;
import io.paft.merge.kernel.Shortlist;
import io.paft.merge.kernel.Threshold;
import io.paft.merge.kernel.TopK;
import io.paft.merge.kernel.Window;
import io.paft.merge.recipe.RecipeReader;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a pass over adapters remembers changes nothing of what comes out. */
class ShortlistsTest {
    private static final String MODULE = "model.layers.0.mlp.up_proj";
    private static final int ROWS = 1100;
    private static final int COLUMNS = 1000;
    private static final String RECIPE = """
            merge_method: ties
            base_model: base
            models:
              - {model: base+one, parameters: {weight: 0.5, density: 0.2}}
              - {model: base+two, parameters: {weight: 0.5, density: 0.1}}
            dtype: float32
            out_dtype: bfloat16
            """;

    @TempDir
    private Path root;

    @BeforeEach
    void models() {
        Shape shape = Shape.of(ROWS, COLUMNS);
        TestModels.checkpoint(
                root.resolve("base"),
                Map.of(MODULE + ".weight", Tensor.of(shape, Dtype.BF16, TestModels.normal(1, ROWS * COLUMNS, 0.02))));
        adapter("one", 2);
        adapter("two", 5);
    }

    @Test
    void theSameWithAndWithoutRoomForLists() throws Exception {
        TensorPlan tensor;
        try (ModelSet models = new ModelSet(root)) {
            tensor = Planner.plan(RecipeReader.read(RECIPE, "recipe"), models)
                    .tensors()
                    .getFirst();
        }
        long large = 1L << 30;
        long small = Needs.of(tensor, 0) + 1;
        assertThat(Needs.lists(tensor, large)).isTrue();
        assertThat(Needs.lists(tensor, small)).isFalse();
        assertThat(Needs.of(tensor, large)).isEqualTo(Needs.of(tensor, small) + Shortlists.bytes(tensor));
        assertThat(output("with", large)).isEqualTo(output("without", small));
        assertThat(Files.mismatch(root.resolve("with/model.safetensors"), root.resolve("without/model.safetensors")))
                .isEqualTo(-1);
    }

    @Test
    void aRangeWithTooManyLargeOnesIsReadAgain() {
        float[] delta = TestModels.normal(3, 5000, 1e-3);
        Window window = new Window(Float.floatToRawIntBits(1.6e-3f), Window.WIDEST);
        Shortlist full = new Shortlist();
        full.begin(window.low(), 5000, 3);
        Shortlist enough = new Shortlist();
        enough.begin(window.low(), 5000, 5000);
        RankSearch lost = search(window, full, delta);
        RankSearch listed = search(window, enough, delta);
        assertThat(lost.threshold()).isEqualTo(listed.threshold()).isNotEqualTo(Threshold.NOTHING);
        float[] again = new float[5000];
        lost.restart();
        assertThat(lost.recall(again, 5000)).isFalse();
        listed.restart();
        assertThat(listed.recall(again, 5000)).isTrue();
        for (int i = 0; i < 5000; i++) {
            assertThat(again[i]).isEqualTo(Math.abs(delta[i]) >= 1.6e-3f ? delta[i] : 0f);
        }
    }

    private static RankSearch search(Window window, Shortlist list, float[] delta) {
        RankSearch search = new RankSearch(500, window.another(), list, TopK::new);
        assertThat(search.recall(new float[64], 64)).as("before it knows").isFalse();
        search.count(0, delta, delta.length);
        search.settle(0, List.of(search));
        return search;
    }

    private String output(String directory, long memory) {
        return MergeTesting.merge(root, RECIPE, root.resolve(directory), new Engine.Options(2, memory, 1L << 30))
                .report()
                .toString();
    }

    private void adapter(String name, long seed) {
        TestModels.adapter(
                root.resolve(name),
                "{\"peft_type\": \"LORA\", \"r\": 4, \"lora_alpha\": 8}",
                Map.of(
                        "base_model.model." + MODULE + ".lora_A.weight",
                        Tensor.of(Shape.of(4, COLUMNS), Dtype.BF16, TestModels.normal(seed, 4 * COLUMNS, 0.02)),
                        "base_model.model." + MODULE + ".lora_B.weight",
                        Tensor.of(Shape.of(ROWS, 4), Dtype.BF16, TestModels.normal(seed + 1, 4 * ROWS, 0.02))));
    }
}
