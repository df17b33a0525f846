package io.paft.merge.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.checkpoint.Checkpoint;
import io.paft.merge.checkpoint.Weights.Stored;
import io.paft.merge.kernel.Combine;
import io.paft.merge.kernel.Threshold;
import io.paft.merge.kernel.TopK;
import io.paft.merge.recipe.Recipe;
import io.paft.merge.recipe.RecipeReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Equal to mergekit 0.1.5, to the bit, on every element that is not exactly at a threshold: there mergekit's choice is
 * arbitrary. The files are made by src/test/python/make_golden.py.
 */
class GoldenTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    @TempDir
    Path scratch;

    static List<Path> cases() throws IOException {
        List<Path> found = new ArrayList<>();
        for (String dtype : List.of("float32", "bfloat16")) {
            try (Stream<Path> recipes = Files.list(GOLDEN.resolve(dtype).resolve("expected"))) {
                recipes.sorted().forEach(found::add);
            }
        }
        return found;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void equalsMergekit(Path expected) throws IOException {
        Path root = expected.resolve("../..").normalize();
        String text = Files.readString(expected.resolve("recipe.yaml"));
        Path output = scratch.resolve("out");
        MergeTesting.merge(root, text, output, 2);
        Recipe recipe = RecipeReader.read(text, "recipe");
        int compared = 0;
        try (ModelSet models = new ModelSet(root);
                Arena arena = Arena.ofConfined()) {
            Checkpoint merged = Checkpoint.open(output, "merged", arena);
            Files.copy(root.resolve("base/config.json"), scratch.resolve("config.json"));
            Files.copy(expected.resolve("model.safetensors"), scratch.resolve("model.safetensors"));
            Checkpoint golden = Checkpoint.open(scratch, "golden", arena);
            assertThat(merged.tensorNames()).isEqualTo(golden.tensorNames());
            for (TensorPlan plan : Planner.plan(recipe, models).tensors()) {
                float[] ours = read(merged, plan.name());
                float[] theirs = read(golden, plan.name());
                boolean[] arbitrary = atThreshold(plan);
                for (int i = 0; i < ours.length; i++) {
                    if (!arbitrary[i]) {
                        assertThat(ours[i]).as("%s[%d]", plan.name(), i).isEqualTo(theirs[i]);
                        compared++;
                    }
                }
            }
        }
        assertThat(compared).isGreaterThan(4000);
    }

    /** Elements at a threshold at which not all are kept, so that a choice was made. */
    private static boolean[] atThreshold(TensorPlan plan) {
        int elements = Math.toIntExact(plan.shape().elements());
        boolean[] found = new boolean[elements];
        if (!plan.trims() || !(plan.base() instanceof Stored base)) {
            return found;
        }
        for (TensorPlan.Input input : plan.inputs()) {
            if (input.density() >= 1 || !(input.weights() instanceof Stored stored)) {
                continue;
            }
            float[] delta = new float[elements];
            float[] other = new float[elements];
            stored.read(0, elements, delta);
            base.read(0, elements, other);
            Combine.subtract(delta, other, elements, delta);
            TopK selector = new TopK();
            selector.countHigh(delta, elements);
            selector.chooseBin(TopK.kept(input.density(), elements));
            selector.countLow(delta, elements);
            Threshold threshold = selector.threshold();
            long equal = IntStream.range(0, elements)
                    .filter(i -> magnitude(delta[i]) == threshold.bits())
                    .count();
            for (int i = 0; i < elements && equal > threshold.equalKept() && threshold.bits() != 0; i++) {
                found[i] |= magnitude(delta[i]) == threshold.bits();
            }
        }
        return found;
    }

    private static int magnitude(float value) {
        return Float.floatToRawIntBits(value) & 0x7fffffff;
    }

    private static float[] read(Checkpoint checkpoint, String tensor) {
        Stored stored = checkpoint.find(tensor);
        if (stored == null) {
            throw new AssertionError(tensor);
        }
        float[] values = new float[Math.toIntExact(stored.shape().elements())];
        stored.read(0, values.length, values);
        return values;
    }
}
