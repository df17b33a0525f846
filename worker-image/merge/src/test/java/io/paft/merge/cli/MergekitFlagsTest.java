package io.paft.merge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paft.merge.TestModels;
import io.paft.merge.TestModels.Tensor;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** A script for mergekit-yaml with one word changed. */
class MergekitFlagsTest {
    @TempDir
    Path root;

    private final StringWriter err = new StringWriter();

    @BeforeEach
    void recipe() {
        Path model = TestModels.checkpoint(root.resolve("a"), TestModels.toy(1, 0.02));
        TestModels.write(
                root.resolve("config.yml"),
                "{merge_method: linear, models: [{model: " + model + ", parameters: {weight: 1}}]}");
    }

    @Test
    void aUsualCommandLineWorks() throws Exception {
        assertThat(run("--cuda --lazy-unpickle --copy-tokenizer --allow-crimes --trust-remote-code --random-seed 7"
                        + " --out-shard-size 1B --lora-merge-cache /nowhere --low-cpu-memory -v --num-threads 1"))
                .isZero();
        assertThat(root.resolve("out/model.safetensors")).exists();
        assertThat(Files.readString(root.resolve("out/manifest.json"))).contains("\"seed\": 7");
        assertThat(err.toString())
                .contains("note: --cuda is not needed: the merge runs on the processor")
                .contains("note: --lora-merge-cache is not needed")
                .contains("note: -v is not needed")
                .doesNotContain("random-seed");
    }

    @Test
    void shardsAreOfTheSizeAskedFor() throws Exception {
        assertThat(run("--out-shard-size 130")).isZero();
        assertThat(root.resolve("out/model-00001-of-00003.safetensors")).exists();
    }

    @Test
    void whatIsTurnedOffNeedsNoNote() {
        assertThat(run("--no-cuda --no-allow-crimes --no-lazy-unpickle --dry-run"))
                .isZero();
        assertThat(err.toString()).doesNotContain("note");
    }

    @Test
    void nanIsAllowedWhereAPersonSaysSo() {
        Map<String, Tensor> broken = TestModels.toy(1, 0.02);
        broken.put("model.norm.weight", Tensor.vector(1, 2, Float.NaN, 3));
        TestModels.checkpoint(root.resolve("a"), broken);

        assertThat(run("-v")).isEqualTo(65);
        assertThat(err.toString()).contains("ModelInvalid: tensor model.norm.weight: element 2 of", "is NaN");
        assertThat(root.resolve("out")).doesNotExist();

        assertThat(run("--allow-nan")).isZero();
        assertThat(root.resolve("out/model.safetensors")).exists();
    }

    @ParameterizedTest
    @ValueSource(strings = {"--unsafe-truncate-embeddings", "--no-copy-tokenizer", "--no-safe-serialization"})
    void whatWouldChangeTheOutputIsRefused(String flag) {
        assertThat(run(flag)).isEqualTo(78);
        assertThat(err.toString()).contains("error: InvalidParameter: " + flag + " is not supported: ");
        assertThat(root.resolve("out")).doesNotExist();
    }

    @Test
    void unknownOptionsAreErrors() {
        assertThat(run("--cudaa")).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"5B,5000000000", "5b,5000000000", "500M,500000000", "100K,100000", "123,123", "5000000000,5000000000"})
    void sizesAreMergekits(String text, long bytes) {
        assertThat(Sizes.parseMergekit(text, "o")).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"5GB", "0", "-1", "2.5B", "1T"})
    void otherSizesAreRefused(String text) {
        assertThatThrownBy(() -> Sizes.parseMergekit(text, "--out-shard-size"))
                .hasMessageContaining("--out-shard-size");
    }

    private int run(String options) {
        CommandLine line = Main.commandLine();
        line.setErr(new PrintWriter(err, true));
        List<String> arguments = new ArrayList<>(List.of(
                "run",
                root.resolve("config.yml").toString(),
                root.resolve("out").toString()));
        arguments.addAll(List.of(options.split(" ")));
        return line.execute(arguments.toArray(String[]::new));
    }
}
