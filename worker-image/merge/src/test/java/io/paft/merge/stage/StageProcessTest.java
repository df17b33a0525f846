package io.paft.merge.stage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.TestModels;
import io.paft.merge.TestModels.Tensor;
import io.paft.merge.Unreadable;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The stage as a process of its own: signals, kills, and a lock that another process holds. */
class StageProcessTest {
    private static final String LARGE = "model.layers.0.mlp.down_proj.weight";

    @TempDir
    Path root;

    private StageWorkspace workspace;

    @BeforeEach
    void prepare() {
        workspace = new StageWorkspace(root);
    }

    @Test
    void aKillInTheMiddleLeavesNothingComplete() throws Exception {
        large();
        Process process = start();
        Path unfinished = root.resolve("merge/" + "d".repeat(64) + ".tmp/model/model.safetensors.tmp");
        waitFor(unfinished, process);
        process.destroyForcibly();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(workspace.output()).doesNotExist();
        assertThat(workspace.termination).doesNotExist();
    }

    @Test
    void aSignalEndsWith143AndSaysSo() throws Exception {
        large();
        Process process = start();
        waitFor(root.resolve("merge/" + "d".repeat(64) + ".tmp"), process);
        process.destroy();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(143);
        assertThat(workspace.output()).doesNotExist();
        ObjectNode message = workspace.message();
        assertThat(message.path("outcome").asText()).isEqualTo("Stopped");
        assertThat(message.path("reason").asText()).isEqualTo("Stopped");
    }

    @Test
    void itWaitsForTheLock() throws Exception {
        Path lock = root.resolve("merge/" + "d".repeat(64) + ".lock");
        Files.createDirectories(root.resolve("merge"));
        Process process;
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            channel.lock();
            process = start();
            while (!Files.readString(root.resolve("out.log")).contains("another pod works on this output")) {
                assertThat(process.isAlive()).isTrue();
                Thread.sleep(20);
            }
            assertThat(workspace.output()).doesNotExist();
        }
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        assertThat(workspace.output().resolve("manifest.json")).exists();
        assertThat(lock).exists();
    }

    /** Also one that only counts for the digest of the input, which is taken at the end. */
    @ParameterizedTest
    @ValueSource(strings = {"models/tiny/tokenizer.json", "models/tiny/README.md"})
    void aFileOfAnInputThatMayNotBeReadIsNamedBeforeTheWork(String file) throws Exception {
        TestModels.write(root.resolve(file), "{}");
        Process process = start(Unreadable.make(root.resolve(file)).toArray(String[]::new));
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(65);
        assertThat(workspace.message().path("reason").asText()).isEqualTo("ModelNotFound");
        assertThat(workspace.message().path("message").asText())
                .isEqualTo(root.resolve(file) + " cannot be read by this user.");
        assertThat(Files.readString(root.resolve("out.log"))).doesNotContain("tensors");
    }

    private Process start(String... before) throws IOException {
        List<String> command = new ArrayList<>(List.of(before));
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "io.paft.merge.cli.Main",
                "stage"));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("PAFT_STAGE", workspace.document().toString());
        builder.environment().put("PAFT_TERMINATION_LOG", workspace.termination.toString());
        Path log = root.resolve("out.log");
        Files.createFile(log);
        return builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    }

    private void waitFor(Path file, Process process) throws IOException, InterruptedException {
        while (!Files.exists(file)) {
            if (!process.isAlive()) {
                throw new AssertionError("it ended: " + Files.readString(root.resolve("out.log")));
            }
            Thread.sleep(5);
        }
    }

    /** Enough for some seconds of work: a branch whose adapter of a high rank sits on a tensor of 64 million elements. */
    private void large() {
        Shape shape = Shape.of(8192, 8192);
        Path config = root.resolve("models/tiny/config.json");
        assertThat(config).exists();
        Map<String, Tensor> tensors = TestModels.toy(1, 0.02);
        tensors.put(LARGE, new Tensor(shape, Dtype.BF16, new byte[8192 * 8192 * 2]));
        TestModels.checkpoint(root.resolve("models/tiny"), tensors);
        TestModels.checkpoint(root.resolve("preference/" + "b".repeat(64) + "/model"), tensors);
        String module = "base_model.model." + LARGE.replace(".weight", "");
        TestModels.adapter(
                root.resolve("sft/" + "a".repeat(64) + "/model"),
                Json.object()
                        .put("peft_type", "LORA")
                        .put("r", 64)
                        .put("lora_alpha", 64)
                        .toString(),
                Map.of(
                        module + ".lora_A.weight", new Tensor(Shape.of(64, 8192), Dtype.F32, new byte[64 * 8192 * 4]),
                        module + ".lora_B.weight", new Tensor(Shape.of(8192, 64), Dtype.F32, new byte[64 * 8192 * 4])));
        StageWorkspace.finish(root.resolve("sft/" + "a".repeat(64)));
        StageWorkspace.finish(root.resolve("preference/" + "b".repeat(64)));
    }
}
