package io.paft.merge.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.checkpoint.Checkpoint;
import io.paft.merge.checkpoint.Weights;
import io.paft.merge.checkpoint.Weights.Stored;
import io.paft.merge.kernel.Combine;
import io.paft.merge.kernel.Threshold;
import io.paft.merge.kernel.TopK;
import io.paft.merge.recipe.Method;
import io.paft.merge.recipe.Recipe;
import io.paft.merge.recipe.RecipeReader;
import io.paft.merge.safetensors.Dtype;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Equal to mergekit 0.1.5, to the bit (where sums over the tensor matter, to the last places), on every element that is not exactly at a threshold: there mergekit's choice is
 * arbitrary. The files are made by src/test/python/make_golden.py.
 */
class GoldenTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");

    private static final Set<Method> WITH_SUMS =
            Set.of(Method.SLERP, Method.NUSLERP, Method.MULTISLERP, Method.MODEL_STOCK);

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
        // Whole-tensor sums are float64 here and float32 there: what is made of them differs in its last places.
        int allowed = recipe.parameters().containsKey("rescale") || WITH_SUMS.contains(recipe.method()) ? 16 : 0;
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
                float[] largest = largest(plan);
                for (int i = 0; i < ours.length; i++) {
                    if (!arbitrary[i]) {
                        assertThat(isClose(ours[i], theirs[i], largest[i], plan.dtype(), allowed))
                                .as("%s[%d]: %s, mergekit %s", plan.name(), i, ours[i], theirs[i])
                                .isTrue();
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
        for (TensorPlan.Input input : plan.inputs()) {
            if (!(plan.base() instanceof Stored base) || !(input.weights() instanceof Stored stored)) {
                continue;
            }
            float[] delta = new float[elements];
            float[] other = new float[elements];
            stored.read(0, elements, delta);
            base.read(0, elements, other);
            Combine.subtract(delta, other, elements, delta);
            for (long rank : ranks(input.sparsifier(), elements)) {
                mark(delta, rank, found);
            }
        }
        return found;
    }

    /** After how many of the largest magnitudes a choice is made. */
    private static List<Long> ranks(Sparsifier sparsifier, long elements) {
        return switch (sparsifier) {
            case Sparsifier.All() -> List.of();
            case Sparsifier.Magnitude(double density) -> List.of(TopK.kept(density, elements));
            case Sparsifier.Outliers(double density, double gamma) -> {
                long target = (long) (density * elements);
                long bottom = Math.max(0, elements - target - (long) (gamma * elements));
                yield List.of(elements - bottom, elements - bottom - target);
            }
            case Sparsifier.Ranked ranked -> throw new AssertionError("random");
            case Sparsifier.Bernoulli(double density) -> throw new AssertionError("random");
        };
    }

    private static void mark(float[] delta, long rank, boolean[] found) {
        if (rank == 0) {
            return;
        }
        TopK selector = new TopK();
        selector.countHigh(delta, delta.length);
        selector.chooseBin(rank);
        selector.countLow(delta, delta.length);
        Threshold threshold = selector.threshold();
        long equal = IntStream.range(0, delta.length)
                .filter(i -> magnitude(delta[i]) == threshold.bits())
                .count();
        for (int i = 0; i < delta.length && equal > threshold.equalKept() && threshold.bits() != 0; i++) {
            found[i] |= magnitude(delta[i]) == threshold.bits();
        }
    }

    /**
     * Equal; or, where some units are allowed, neighbours in bf16, and in float32 at most so many units of the largest of
     * the numbers that were added apart: differences of nearly equal numbers keep their absolute error.
     */
    private static boolean isClose(float ours, float theirs, float largest, Dtype dtype, int allowed) {
        if (ours == theirs || allowed == 0) {
            return ours == theirs;
        }
        return dtype == Dtype.BF16
                ? Math.abs((long) ordered(ours) - ordered(theirs)) <= 1 << 16
                : Math.abs(ours - theirs) <= allowed * Math.ulp(largest);
    }

    /** Per element, the largest magnitude of the base and the inputs. */
    private static float[] largest(TensorPlan plan) {
        int elements = Math.toIntExact(plan.shape().elements());
        float[] found = new float[elements];
        float[] values = new float[elements];
        List<Weights> all = new ArrayList<>(
                plan.inputs().stream().map(TensorPlan.Input::weights).toList());
        if (plan.base() != null) {
            all.add(plan.base());
        }
        for (Weights weights : all) {
            if (weights instanceof Stored stored) {
                stored.read(0, elements, values);
                for (int i = 0; i < elements; i++) {
                    found[i] = Math.max(found[i], Math.abs(values[i]));
                }
            }
        }
        return found;
    }

    private static int ordered(float value) {
        int bits = Float.floatToIntBits(value);
        return bits < 0 ? Integer.MIN_VALUE - bits : bits;
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
