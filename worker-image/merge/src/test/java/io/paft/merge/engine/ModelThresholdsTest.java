package io.paft.merge.engine;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.normal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.TestModels.Tensor;
import io.paft.merge.recipe.RecipeReader;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code scope: model}, held against a sort of the whole model. */
@Tag("slow")
class ModelThresholdsTest {
    /** In the order of the output, which is not that of their names as text. */
    private static final List<String> NAMES = List.of(
            "model.embed_tokens.weight",
            "model.layers.0.mlp.up_proj.weight",
            "model.layers.2.mlp.up_proj.weight",
            "model.layers.10.mlp.up_proj.weight",
            "model.norm.weight");

    private static final int[] COUNTS = {40_000, 70_001, 33_000, 32_768, 7};

    @TempDir
    Path root;

    private int total;

    @BeforeEach
    void write() {
        total = IntStream.of(COUNTS).sum();
        write("zero", new float[total]);
        write("dense", normal(1, total, 1e-3));
        float[] few = normal(2, total, 2);
        for (int i = 0; i < total; i++) {
            few[i] = Math.round(few[i]) * 0x1p-10f;
        }
        write("few", few);
    }

    @ParameterizedTest
    @CsvSource({
        "dense, 0.2",
        "few, 0.2",
        "few, 0.001",
        "few, 0.5",
        "few, 0.95",
        "dense, 0.0000001",
        "few, 0",
        "dense, 0.99999"
    })
    void magnitudeKeepsTheFirstOfTheLargest(String model, double density) {
        long k = density == 0 ? 0 : Math.max(1, (long) (density * total));
        List<Integer> order = byMagnitude(model);
        assertKeeps(model, "magnitude, density: " + density, order.subList(0, (int) k));
    }

    @ParameterizedTest
    @CsvSource({"dense, 0.2, 0.1", "few, 0.2, 0.1", "few, 0.3, 0", "few, 0.05, 0.4", "dense, 0.95, 0.2", "few, 0, 0.1"})
    void outliersKeepsTheRanksBelow(String model, double density, double gamma) {
        int target = (int) (density * total);
        int bottom = Math.max(0, total - target - (int) (gamma * total));
        List<Integer> order = byMagnitude(model);
        assertKeeps(
                model,
                "outliers, density: " + density + ", gamma: " + gamma,
                order.subList(total - bottom - target, total - bottom));
    }

    @ParameterizedTest
    @CsvSource({"dense, 0.2", "few, 0.2", "few, 0", "dense, 0.0000001"})
    void l1TakesOffTheLargestMagnitudeNotKept(String model, double density) {
        int k = density == 0 ? 0 : Math.max(1, (int) (density * total));
        float[] values = values(model);
        float threshold = Math.abs(values[byMagnitude(model).get(k)]);
        merge(recipe(model, "l1, density: " + density), "out", 2);
        float[] merged = values("out");
        for (int i = 0; i < total; i++) {
            assertThat(merged[i]).isEqualTo(Math.signum(values[i]) * Math.max(Math.abs(values[i]) - threshold, 0));
        }
    }

    /** Tensors with the same density are ranked together, apart from those with another; density 1 leaves a tensor alone. */
    @Test
    void eachDensityHasItsThreshold() {
        String density = "[{filter: embed, value: 1}, {filter: layers.10, value: 0.5}, {value: 0.1}]";
        merge(recipe("few", "magnitude, density: " + density), "out", 2);
        float[] values = values("few");
        float[] merged = values("out");
        List<Integer> expected =
                new ArrayList<>(IntStream.range(0, COUNTS[0]).boxed().toList());
        int last = COUNTS[0] + COUNTS[1] + COUNTS[2];
        List<Integer> ten = byMagnitude("few").stream()
                .filter(i -> i >= last && i < last + COUNTS[3])
                .toList();
        expected.addAll(ten.subList(0, COUNTS[3] / 2));
        List<Integer> others = byMagnitude("few").stream()
                .filter(i -> i >= COUNTS[0] && (i < last || i >= last + COUNTS[3]))
                .toList();
        expected.addAll(others.subList(0, (int) (0.1 * others.size())));
        assertSame(values, merged, expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"magnitude, density: 0.3", "outliers, density: 0.3, gamma: 0.1", "l1, density: 0.3"})
    void threadsAndOrderOfInputsChangeNothing(String sparsify) throws IOException {
        String few = "{model: few, parameters: {weight: 1}, sparsify: {method: " + sparsify + ", scope: model}}";
        String dense = few.replace("few", "dense").replace("0.3", "0.7");
        String head = "{merge_method: ties, base_model: zero, models: [";
        var one = merge(head + few + ", " + dense + "]}", "one", 1);
        var four = merge(head + few + ", " + dense + "]}", "four", 4);
        merge(head + dense + ", " + few + "]}", "swapped", 2);
        assertThat(root.resolve("four/model.safetensors"))
                .hasSameBinaryContentAs(root.resolve("one/model.safetensors"));
        assertThat(root.resolve("swapped/model.safetensors"))
                .hasSameBinaryContentAs(root.resolve("one/model.safetensors"));
        assertThat(four.report()).isEqualTo(one.report());
    }

    /** More elements than a thread counts before it adds up. */
    @Test
    void aTensorMayBeCountedInParts() {
        int count = 64 * Tile.SIZE + 1000;
        float[] values = normal(7, count, 1);
        for (int i = 0; i < count; i++) {
            values[i] = Math.round(values[i] * 100) / 64f;
        }
        for (String name : List.of("small", "large")) {
            float[] given = name.equals("large") ? values : new float[count];
            checkpoint(root.resolve(name), Map.of(NAMES.getFirst(), Tensor.of(Shape.of(count), Dtype.F32, given)));
        }
        String head =
                "{merge_method: task_arithmetic, base_model: small, models: [{model: large, parameters: {weight: 1}, sparsify: {method: magnitude, density: 0.2, scope: ";
        merge(head + "model}}]}", "model", 4);
        merge(head + "tensor}}]}", "tensor", 1);
        assertThat(MergeTesting.values(root.resolve("model"), NAMES.getFirst()))
                .isEqualTo(MergeTesting.values(root.resolve("tensor"), NAMES.getFirst()));
    }

    @Test
    void whatIsReadForItIsHeard() {
        AtomicLong read = new AtomicLong();
        AtomicLong promised = new AtomicLong();
        prepare(new Engine(new Engine.Options(2, 1 << 30, 1 << 30)), new SilentProgress() {
            @Override
            public void scanned(long elements, long all) {
                read.addAndGet(elements);
                promised.set(all);
            }
        });
        assertThat(read).hasValue(3L * total);
        assertThat(promised).hasValue(3L * total);
    }

    @Test
    void itEndsSoonWhenStopped() {
        Engine engine = new Engine(new Engine.Options(2, 1 << 30, 1 << 30));
        engine.stop();
        assertThatThrownBy(() -> prepare(engine, SilentProgress.NONE))
                .isInstanceOfSatisfying(
                        MergeException.class, e -> assertThat(e.reason()).isEqualTo(Reason.Stopped));
    }

    @Test
    void tooLittleMemoryIsSaid() {
        assertThatThrownBy(() -> prepare(new Engine(new Engine.Options(2, 3_000_000, 1 << 30)), SilentProgress.NONE))
                .hasMessageContaining("raise --max-memory, or write fewer different densities");
    }

    private void prepare(Engine engine, Progress progress) {
        try (ModelSet models = new ModelSet(root)) {
            engine.prepare(
                    Planner.plan(RecipeReader.read(recipe("few", "magnitude, density: 0.2"), "r"), models), progress);
        }
    }

    private void assertKeeps(String model, String sparsify, List<Integer> kept) {
        var outcome = merge(recipe(model, sparsify), "out", 3);
        assertSame(values(model), values("out"), kept);
        long reported = 0;
        for (int i = 0; i < COUNTS.length; i++) {
            double density =
                    outcome.report().at("/tensors/" + i + "/inputs/0/density").asDouble();
            reported += Math.round(density * COUNTS[i]);
        }
        assertThat(reported).isEqualTo(kept.size());
    }

    private void assertSame(float[] values, float[] merged, List<Integer> kept) {
        float[] expected = new float[total];
        kept.forEach(i -> expected[i] = values[i]);
        assertThat(merged).usingElementComparator(Comparator.naturalOrder()).containsExactly(expected);
    }

    private List<Integer> byMagnitude(String model) {
        float[] values = values(model);
        return IntStream.range(0, total)
                .boxed()
                .sorted(Comparator.comparing((Integer i) -> -Math.abs(values[i]))
                        .thenComparing(i -> i))
                .toList();
    }

    private static String recipe(String model, String sparsify) {
        return "{merge_method: task_arithmetic, base_model: zero, models: [{model: " + model
                + ", parameters: {weight: 1}, sparsify: {method: " + sparsify + ", scope: model}}]}";
    }

    private MergeJob.Outcome merge(String recipe, String output, int threads) {
        return MergeTesting.merge(root, recipe, root.resolve(output), threads);
    }

    /** All tensors, one after the other. */
    private float[] values(String model) {
        float[] all = new float[total];
        int at = 0;
        for (int i = 0; i < COUNTS.length; i++) {
            System.arraycopy(MergeTesting.values(root.resolve(model), NAMES.get(i)), 0, all, at, COUNTS[i]);
            at += COUNTS[i];
        }
        return all;
    }

    private void write(String name, float[] values) {
        Map<String, Tensor> tensors = new TreeMap<>();
        int at = 0;
        for (int i = 0; i < COUNTS.length; i++) {
            float[] part = java.util.Arrays.copyOfRange(values, at, at + COUNTS[i]);
            tensors.put(NAMES.get(i), Tensor.of(Shape.of(COUNTS[i]), Dtype.F32, part));
            at += COUNTS[i];
        }
        checkpoint(root.resolve(name), tensors);
    }
}
