package io.paft.merge.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.TestModels;
import io.paft.merge.TestModels.Tensor;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tensors that are large enough to be split: the result is that of the rule, whoever does which part when. */
class RangesTest {
    private static final int ROWS = 3000;
    private static final int COLUMNS = 3001;
    private static final String NAME = "model.norm.weight";

    @TempDir
    private Path root;

    private float[] delta;
    private String report = "";

    @BeforeEach
    void models() {
        delta = TestModels.normal(1, ROWS * COLUMNS, 1e-3);
    }

    @Test
    void splitsByTheSizeAlone() {
        assertThat(Ranges.count((long) ROWS * COLUMNS)).isEqualTo(2);
        assertThat(Ranges.count(5)).isEqualTo(1);
        assertThat(Ranges.count(1L << 40)).isEqualTo(Ranges.MOST);
        long elements = (1L << 25) + 12345;
        assertThat(Ranges.start(elements, 8, 0)).isZero();
        assertThat(Ranges.start(elements, 8, 8)).isEqualTo(elements);
        assertThat(Ranges.start(elements, 8, 3) % Tile.SIZE).isZero();
    }

    @Test
    @Tag("slow")
    void keepsExactlyTheLargestAndOfEqualOnesTheFirst() throws Exception {
        write();
        float[] merged = merge("ties", "density: 0.2", 4);

        int k = (int) (0.2 * delta.length);
        float[] stored = MergeTesting.values(root.resolve("branch"), NAME);
        float[] magnitudes = new float[stored.length];
        for (int i = 0; i < stored.length; i++) {
            magnitudes[i] = Math.abs(stored[i]);
        }
        float[] sorted = magnitudes.clone();
        Arrays.sort(sorted);
        float threshold = sorted[sorted.length - k];
        long above = 0;
        for (float magnitude : magnitudes) {
            above += magnitude > threshold ? 1 : 0;
        }
        long left = k - above;
        assertThat(left).as("several at the threshold, so that order matters").isGreaterThan(1);
        for (int i = 0; i < merged.length; i++) {
            boolean kept = magnitudes[i] > threshold || (magnitudes[i] == threshold && left-- > 0);
            if (merged[i] != (kept ? stored[i] : 0f)) {
                throw new AssertionError("element " + i + " is " + merged[i] + " of " + stored[i]);
            }
        }
    }

    @Test
    void anyNumberOfThreadsDrawsTheSame() throws Exception {
        assertThreadsDoNotMatter("dare_ties|density: 0.3");
    }

    @ParameterizedTest
    @Tag("slow")
    @ValueSource(
            strings = {
                "ties|density: 0.2",
                "breadcrumbs|density: 0.5, gamma: 0.01",
                "della|density: 0.4, epsilon: 0.1",
                "ramplus_tl|",
                "multislerp|",
                "ties|SPARSIFY l1, density: 0.2",
                "breadcrumbs|SPARSIFY magnitude, density: 0.2, scope: model",
                "breadcrumbs|SPARSIFY outliers, density: 0.5, gamma: 0.1, rescale: true",
                "sce|",
            })
    void anyNumberOfThreadsGivesTheSameBytesAndStatistics(String method) throws Exception {
        assertThreadsDoNotMatter(method);
    }

    private void assertThreadsDoNotMatter(String method) throws Exception {
        write();
        String[] parts = method.split("\\|", -1);
        merge(parts[0], parts[1], 1);
        byte[] alone = Files.readAllBytes(root.resolve("out/model.safetensors"));
        String first = report;
        merge(parts[0], parts[1], 4);
        assertThat(Arrays.mismatch(alone, Files.readAllBytes(root.resolve("out/model.safetensors"))))
                .isEqualTo(-1);
        assertThat(report).isEqualTo(first);
    }

    /** Of what a sample looks at, nothing is like the rest: the threshold is found all the same, in more passes. */
    @Test
    @Tag("slow")
    void aSampleThatMisleadsCostsOnlyTime() throws Exception {
        for (int block = 0; block < Sample.BLOCKS; block++) {
            int start = (int) Sample.start(delta.length, block);
            for (int i = start; i < start + Sample.BLOCK; i++) {
                delta[i] *= 0.01f;
            }
        }
        float[] expected = expectedSum();
        write();
        float[] merged = merge("ties", "density: 0.2", 2);
        assertThat(sum(merged)).isEqualTo(expected);
    }

    private float[] expectedSum() {
        float[] magnitudes = new float[delta.length];
        for (int i = 0; i < magnitudes.length; i++) {
            magnitudes[i] = Math.abs(Float.intBitsToFloat(io.paft.merge.kernel.FloatCodec.bf16(delta[i]) << 16));
        }
        Arrays.sort(magnitudes);
        int k = (int) (0.2 * delta.length);
        return sum(Arrays.copyOfRange(magnitudes, magnitudes.length - k, magnitudes.length));
    }

    /** Number of elements that are not zero, and the sum of their magnitudes. */
    private static float[] sum(float[] values) {
        int count = 0;
        double sum = 0;
        for (float value : values) {
            count += value == 0 ? 0 : 1;
            sum += Math.abs(value);
        }
        return new float[] {count, (float) sum};
    }

    private void write() {
        Shape shape = Shape.of(ROWS, COLUMNS);
        TestModels.checkpoint(
                root.resolve("base"), Map.of(NAME, Tensor.of(shape, Dtype.BF16, new float[ROWS * COLUMNS])));
        TestModels.checkpoint(root.resolve("branch"), Map.of(NAME, Tensor.of(shape, Dtype.BF16, delta)));
        float[] other = TestModels.normal(2, ROWS * COLUMNS, 3e-4);
        TestModels.checkpoint(root.resolve("other"), Map.of(NAME, Tensor.of(shape, Dtype.BF16, other)));
    }

    private float[] merge(String method, String parameters, int threads) throws Exception {
        boolean alone = method.equals("ties");
        String weight = method.startsWith("ram") || method.equals("sce") ? "" : "weight: 1, ";
        String input = parameters.startsWith("SPARSIFY")
                ? ", parameters: {weight: 1}, sparsify: {method: " + parameters.substring(9) + "}}"
                : ", parameters: {" + weight + parameters + "}}";
        String shared = method.equals("sce") ? ", parameters: {select_topk: 0.2}" : "";
        String recipe = "{merge_method: " + method + ", base_model: base" + shared + ", models: [{model: branch" + input
                + (alone ? "" : ", {model: other" + input) + "]}";
        Path out = root.resolve("out");
        Files.createDirectories(out);
        Files.deleteIfExists(out.resolve("model.safetensors"));
        report = MergeTesting.merge(root, recipe, out, threads).report().toString();
        return MergeTesting.values(out, NAME);
    }
}
