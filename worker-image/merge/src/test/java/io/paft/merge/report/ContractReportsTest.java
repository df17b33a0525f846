package io.paft.merge.report;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.normal;
import static io.paft.merge.TestModels.plus;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.TestModels.Tensor;
import io.paft.merge.engine.MergeTesting;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The reports in worker-image/contract/merge-report, which the tests of the trainer read, are what this engine writes.
 * {@code -DargLine="--add-modules jdk.incubator.vector -Dpaft.golden.update=true"} writes them anew.
 */
class ContractReportsTest {
    private static final Path REPORTS = Path.of("../contract/merge-report");
    private static final List<String> MODULES = List.of(
            "input_layernorm",
            "mlp.down_proj",
            "mlp.gate_proj",
            "mlp.up_proj",
            "post_attention_layernorm",
            "self_attn.k_proj",
            "self_attn.o_proj",
            "self_attn.q_proj",
            "self_attn.v_proj");

    @TempDir
    Path root;

    @ParameterizedTest
    @CsvSource({
        "ties, 3, 'merge_method: ties, base_model: base, models: [{model: sft, parameters: {weight: 1, density: 0.5}}, {model: preference, parameters: {weight: 1, density: 0.2}}]'",
        "task-arithmetic, 1, 'merge_method: task_arithmetic, base_model: base, models: [{model: sft, parameters: {weight: 1}}, {model: preference, parameters: {weight: 0.5}}]'",
        "linear-without-base, 1, 'merge_method: linear, models: [{model: sft, parameters: {weight: 1}}, {model: preference, parameters: {weight: 1}}]'",
    })
    void areWhatTheEngineWrites(String name, int layers, String recipe) throws IOException {
        models(layers);
        ObjectNode report = MergeTesting.merge(root, "{" + recipe + "}", root.resolve("out"), 2)
                .report();
        String text = new String(MergeReport.encode(report), StandardCharsets.UTF_8);
        Path file = REPORTS.resolve(name + ".json");
        if (Boolean.getBoolean("paft.golden.update")) {
            Files.createDirectories(REPORTS);
            Files.writeString(file, text);
        }
        assertSame(Json.readObject(file, name), Json.MAPPER.readTree(text), "");
        JsonSchema schema = new JsonSchema(Json.readObject(Path.of("../../docs/merge-report.schema.json"), "schema"));
        assertThat(schema.errors(Json.MAPPER.readTree(text))).isEmpty();
    }

    /** The same but for the last digits, which the order of a sum may change. */
    private static void assertSame(JsonNode expected, JsonNode found, String at) {
        if (expected.isFloatingPointNumber() && found.isFloatingPointNumber()) {
            double size = Math.max(1e-12, Math.abs(expected.doubleValue()));
            assertThat(found.doubleValue()).as(at).isCloseTo(expected.doubleValue(), Offset.offset(1e-9 * size));
        } else if (expected.isContainerNode() && found.size() == expected.size()) {
            expected.properties()
                    .forEach(field ->
                            assertSame(field.getValue(), found.path(field.getKey()), at + "/" + field.getKey()));
            for (int i = 0; expected.isArray() && i < expected.size(); i++) {
                assertSame(expected.path(i), found.path(i), at + "/" + i);
            }
        } else {
            assertThat(found).as(at).isEqualTo(expected);
        }
    }

    /** A dense sft delta, and a preference delta that is sparser in higher layers. */
    private void models(int layers) {
        Map<String, Tensor> base = new TreeMap<>();
        Map<String, Tensor> sft = new TreeMap<>();
        Map<String, Tensor> preference = new TreeMap<>();
        for (int layer = 0; layer < layers; layer++) {
            for (String module : MODULES) {
                String name = "model.layers." + layer + "." + module + ".weight";
                long seed = 100L * layer + MODULES.indexOf(module);
                Shape shape = module.endsWith("norm") ? Shape.of(16) : Shape.of(24, 16);
                add(base, sft, preference, name, shape, seed, 1e-4 / (1 + 9 * layer));
            }
        }
        add(base, sft, preference, "model.embed_tokens.weight", Shape.of(40, 16), 9001, 1e-5);
        add(base, sft, preference, "model.norm.weight", Shape.of(16), 9002, 1e-5);
        checkpoint(root.resolve("base"), base);
        checkpoint(root.resolve("sft"), sft);
        checkpoint(root.resolve("preference"), preference);
    }

    private static void add(
            Map<String, Tensor> base,
            Map<String, Tensor> sft,
            Map<String, Tensor> preference,
            String name,
            Shape shape,
            long seed,
            double scale) {
        int count = (int) shape.elements();
        float[] values = normal(seed, count, 0.02);
        base.put(name, Tensor.of(shape, Dtype.F32, values));
        sft.put(name, Tensor.of(shape, Dtype.F32, plus(values, normal(seed + 31, count, 1e-3))));
        preference.put(name, Tensor.of(shape, Dtype.F32, plus(values, normal(seed + 47, count, scale))));
    }
}
