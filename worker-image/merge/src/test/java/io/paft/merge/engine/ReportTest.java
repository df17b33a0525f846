package io.paft.merge.engine;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.normal;
import static io.paft.merge.TestModels.plus;
import static io.paft.merge.TestModels.toy;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.paft.merge.TestModels.Tensor;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.assertj.core.data.Offset;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The report of merges against what one would count by hand. */
class ReportTest {
    private static final String LARGE = "model.layers.0.mlp.up_proj.weight";
    private static final String BIAS = "model.layers.0.mlp.up_proj.bias";
    private static final int COLUMNS = 25_000;
    private static final int COUNT = 3 * COLUMNS;
    private static final Percentage CLOSE = Percentage.withPercentage(1e-6);
    /** Sums are partly formed in float32. */
    private static final Percentage SUMMED = Percentage.withPercentage(4e-4);

    @TempDir
    Path root;

    private float[] base;
    private float[] sft;
    private float[] dpo;

    @BeforeEach
    void models() {
        base = normal(1, COUNT, 0.02);
        sft = plus(base, normal(2, COUNT, 1e-3));
        dpo = plus(base, normal(3, COUNT, 3e-4));
        write("base", base, 1);
        write("sft", sft, 2);
        write("dpo", dpo, 3);
    }

    @Test
    void decidedByTheTermsThatTrimmingAndElectionLeave() {
        JsonNode tensor = tensor(merge("ties", 2), LARGE);
        float[] first = trimmed(delta(sft), 0.3);
        float[] second = trimmed(delta(dpo), 0.1);
        double[] expected = new double[4];
        double dot = 0;
        double squares = 0;
        double others = 0;
        for (int i = 0; i < COUNT; i++) {
            float a = first[i];
            float b = 0.5f * second[i];
            boolean positive = a + b >= 0;
            boolean one = a != 0 && a > 0 == positive;
            boolean two = b != 0 && b > 0 == positive;
            expected[one && two ? 2 : one ? 0 : two ? 1 : 3] += 1.0 / COUNT;
            dot += (double) first[i] * second[i];
            squares += (double) first[i] * first[i];
            others += (double) second[i] * second[i];
        }
        JsonNode decided = tensor.path("decided");
        assertThat(decided.path("inputs").path(0).asDouble()).isCloseTo(expected[0], CLOSE);
        assertThat(decided.path("inputs").path(1).asDouble()).isCloseTo(expected[1], CLOSE);
        assertThat(decided.path("several").asDouble()).isCloseTo(expected[2], CLOSE);
        assertThat(decided.path("none").asDouble()).isCloseTo(expected[3], CLOSE);
        assertThat(tensor.path("pairs").path(0).path("keptCosine").asDouble())
                .isCloseTo(dot / Math.sqrt(squares * others), Offset.offset(4e-6));
    }

    @Test
    void withoutTrimmingNothingChanges() {
        JsonNode tensor = tensor(merge("task_arithmetic", 2), LARGE);
        JsonNode pair = tensor.path("pairs").path(0);
        assertThat(pair.path("keptCosine")).isEqualTo(pair.path("cosine"));
        assertThat(pair.path("keptSignAgreement")).isEqualTo(pair.path("signAgreement"));
        assertThat(pair.path("keptSignConflict")).isEqualTo(pair.path("signConflict"));
        assertThat(tensor.path("decided").path("several").asDouble()).isGreaterThan(0.99);
    }

    @Test
    void ramDecidesByItsEpsilon() {
        JsonNode decided = tensor(merge("ram", 1), LARGE).path("decided");
        float[] first = delta(sft);
        float[] second = delta(dpo);
        long[] expected = new long[4];
        for (int i = 0; i < COUNT; i++) {
            expected[(Math.abs(first[i]) > 1e-5f ? 1 : 0) + (Math.abs(second[i]) > 1e-5f ? 2 : 0)]++;
        }
        assertThat(expected[0]).isPositive();
        assertThat(decided.path("none").asDouble()).isEqualTo((double) expected[0] / COUNT);
        assertThat(decided.path("inputs").path(0).asDouble()).isEqualTo((double) expected[1] / COUNT);
        assertThat(decided.path("inputs").path(1).asDouble()).isEqualTo((double) expected[2] / COUNT);
        assertThat(decided.path("several").asDouble()).isEqualTo((double) expected[3] / COUNT);
    }

    @Test
    void sceDecidesByTheElementsThatItSelectsAndTheSignThatItElects() {
        JsonNode decided = tensor(merge("sce", 2), LARGE).path("decided");
        float[] first = delta(sft);
        float[] second = delta(dpo);
        // The variance of two numbers is the square of half their distance.
        float[] variances = new float[COUNT];
        for (int i = 0; i < COUNT; i++) {
            double half = ((double) first[i] - second[i]) / 2;
            variances[i] = (float) (half * half);
        }
        List<Integer> selected = IntStream.range(0, COUNT)
                .boxed()
                .sorted(Comparator.comparing((Integer i) -> -variances[i]))
                .limit(COUNT / 5)
                .toList();
        int[] expected = new int[4];
        expected[0] = COUNT - selected.size();
        for (int i : selected) {
            boolean positive = first[i] + second[i] >= 0;
            int one = first[i] != 0 && first[i] > 0 == positive ? 1 : 0;
            int two = second[i] != 0 && second[i] > 0 == positive ? 2 : 0;
            expected[one + two]++;
        }
        assertThat(expected).doesNotContain(0);
        assertThat(decided.path("none").asDouble()).isEqualTo((double) expected[0] / COUNT);
        assertThat(decided.path("inputs").path(0).asDouble()).isEqualTo((double) expected[1] / COUNT);
        assertThat(decided.path("inputs").path(1).asDouble()).isEqualTo((double) expected[2] / COUNT);
        assertThat(decided.path("several").asDouble()).isEqualTo((double) expected[3] / COUNT);
    }

    @Test
    void normsAndQuantilesOfTheDelta() {
        JsonNode input = tensor(merge("ties", 2), LARGE).path("inputs").path(0);
        double baseSum =
                IntStream.range(0, COUNT).mapToDouble(i -> Math.abs(base[i])).sum();
        double sum = IntStream.range(0, COUNT)
                .mapToDouble(i -> Math.abs(delta(sft)[i]))
                .sum();
        assertThat(input.path("relativeL1").asDouble()).isCloseTo(sum / baseSum, SUMMED);
        float[] delta = delta(sft);
        float[] sample = new float[COUNT / 7 + 1];
        for (int i = 0; i < sample.length; i++) {
            sample[i] = Math.abs(delta[Math.min(7 * i, COUNT - 1)]);
        }
        sample = Arrays.copyOf(sample, Math.ceilDiv(COUNT, 7));
        Arrays.sort(sample);
        JsonNode quantiles = input.path("quantiles");
        assertThat(quantiles.path("sampled").asInt()).isEqualTo(sample.length);
        assertThat(quantiles.path("0.5").asDouble()).isEqualTo(sample[(int) Math.ceil(0.5 * sample.length) - 1]);
        assertThat(quantiles.path("0.999").asDouble()).isEqualTo(sample[(int) Math.ceil(0.999 * sample.length) - 1]);
        double largest = 0;
        for (float value : delta) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertThat(quantiles.path("max").asDouble()).isEqualTo(largest);
    }

    @Test
    void aModuleIsItsWeightAndItsBias() {
        JsonNode report = merge("ties", 2);
        JsonNode module = find(report.path("modules"), "mlp.up_proj", 0);
        JsonNode weight = tensor(report, LARGE).path("inputs").path(1);
        JsonNode bias = tensor(report, BIAS).path("inputs").path(1);
        JsonNode sum = module.path("inputs").path(1);
        assertThat(module.path("tensors").asInt()).isEqualTo(2);
        assertThat(sum.path("elements").asLong()).isEqualTo(COUNT + 3);
        assertThat(sum.path("l1").asDouble())
                .isEqualTo(weight.path("l1").asDouble() + bias.path("l1").asDouble());
        assertThat(sum.path("quantiles").path("sampled").asLong())
                .isEqualTo(weight.path("quantiles").path("sampled").asLong() + 3);
        assertThat(sum.path("quantiles").path("max").asDouble())
                .isEqualTo(Math.max(
                        weight.path("quantiles").path("max").asDouble(),
                        bias.path("quantiles").path("max").asDouble()));
        assertThat(find(report.path("modules"), "model.norm.weight", null)
                        .path("tensors")
                        .asInt())
                .isOne();
        long modules = StreamSupport.stream(report.path("modules").spliterator(), false)
                .mapToLong(node -> node.path("inputs").path(0).path("elements").asLong())
                .sum();
        assertThat(report.path("model").path("inputs").path(0).path("elements").asLong())
                .isEqualTo(modules);
    }

    @Test
    void theReportIsTheSameForAnyNumberOfThreads() {
        assertThat(merge("dare_ties", 1)).isEqualTo(merge("dare_ties", 4));
    }

    private JsonNode merge(String method, int threads) {
        if (method.equals("sce")) {
            String recipe = "{merge_method: sce, base_model: base, parameters: {select_topk: 0.2},"
                    + " models: [{model: sft}, {model: dpo}]}";
            return MergeTesting.merge(root, recipe, root.resolve("out-" + method + threads), threads)
                    .report();
        }
        boolean density = !method.equals("task_arithmetic") && !method.equals("ram");
        String recipe = "{merge_method: " + method + ", base_model: base, models: [{model: sft"
                + (method.equals("ram")
                        ? "}, {model: dpo}]}"
                        : ", parameters: {weight: 1" + (density ? ", density: 0.3" : "")
                                + "}}, {model: dpo, parameters: {weight: 0.5" + (density ? ", density: 0.1" : "")
                                + "}}]}");
        return MergeTesting.merge(root, recipe, root.resolve("out-" + method + threads), threads)
                .report();
    }

    private void write(String name, float[] large, long seed) {
        Map<String, Tensor> tensors = toy(1, 0.02);
        tensors.put(LARGE, Tensor.of(Shape.of(3, COLUMNS), Dtype.F32, large));
        tensors.put(BIAS, Tensor.vector(normal(seed, 3, 1)));
        checkpoint(root.resolve(name), tensors);
    }

    private float[] delta(float[] branch) {
        float[] delta = new float[COUNT];
        for (int i = 0; i < COUNT; i++) {
            delta[i] = branch[i] - base[i];
        }
        return delta;
    }

    private static float[] trimmed(float[] delta, double density) {
        float[] magnitudes = new float[delta.length];
        for (int i = 0; i < delta.length; i++) {
            magnitudes[i] = Math.abs(delta[i]);
        }
        Arrays.sort(magnitudes);
        float threshold = magnitudes[delta.length - (int) (density * delta.length)];
        float[] kept = delta.clone();
        for (int i = 0; i < kept.length; i++) {
            kept[i] = Math.abs(kept[i]) < threshold ? 0 : kept[i];
        }
        return kept;
    }

    private static JsonNode tensor(JsonNode report, String name) {
        return StreamSupport.stream(report.path("tensors").spliterator(), false)
                .filter(node -> node.path("name").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static JsonNode find(JsonNode modules, String module, @org.jspecify.annotations.Nullable Integer layer) {
        return StreamSupport.stream(modules.spliterator(), false)
                .filter(node -> node.path("module").asText().equals(module)
                        && (layer == null
                                ? node.path("layer").isNull()
                                : node.path("layer").asInt(-1) == layer))
                .findFirst()
                .orElseThrow();
    }
}
