package io.paft.merge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.paft.merge.ChildJvm;
import io.paft.merge.TestModels;
import io.paft.merge.TruncatedRead;
import io.paft.merge.Unreadable;
import io.paft.merge.journal.Journal;
import io.paft.merge.journal.Share;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.HeaderWriter;
import io.paft.merge.safetensors.Shape;
import io.paft.merge.safetensors.TensorInfo;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Failures of the machine: a full disk, inputs that are cut or cannot be read. Each in a real process. */
@Tag("slow")
class FailureProcessTest {
    private static final int TENSORS = 16;
    private static final String VECTORS = "--add-modules=jdk.incubator.vector";

    @TempDir
    Path root;

    private ChildJvm java;

    @BeforeEach
    void models() throws IOException {
        java = new ChildJvm(root);
        TestModels.write(
                root.resolve("recipe.yaml"),
                "{merge_method: task_arithmetic, base_model: base, models: [{model: sft, parameters: {weight: 1}}]}");
        for (String model : List.of("base", "sft")) {
            sparse(
                    root.resolve(model),
                    "model.layers.%d.mlp.up_proj.weight",
                    TENSORS,
                    Shape.of(1024, 1024),
                    Dtype.BF16);
        }
    }

    /** The output on a file system of its own, which is too small at first. */
    @Test
    void aFullDiskLosesNothingThatIsFinished() throws Exception {
        List<String> unshare = new ArrayList<>(List.of("unshare", "--mount"));
        if (!"root".equals(System.getProperty("user.name"))) {
            unshare.add("--map-root-user");
        }
        String mount = "mount -t tmpfs -o size=13m tmpfs " + Files.createDirectory(root.resolve("small"));
        assumeTrue(Unreadable.works(unshare, mount), "needs a mount namespace of its own: root, or user namespaces");
        unshare.addAll(List.of(
                "sh",
                "-c",
                mount + "; \"$@\"; echo \"first: $?\"; ls -A small small/*; mount -o remount,size=99m small; "
                        + "\"$@\" --resume; echo \"second: $?\"; ls -A small small/*",
                "sh"));
        int exit =
                java.under(unshare.toArray(String[]::new)).run("run", "recipe.yaml", "small/out", "--shard-size", "4m");
        assertThat(exit).isZero();
        assertThat(java.log())
                .containsPattern("error: WorkspaceFull: no space left on the device [(]/.*small/out[.]tmp/.*model-0000")
                .containsPattern("kept [1-5] finished shards? in .*out.tmp: give the same command with --resume")
                .contains("first: 75")
                .containsPattern("[1-5] of 8 shards were kept from an attempt before")
                .contains("second: 0");
        String first = java.log().substring(0, java.log().indexOf("merged"));
        assertThat(first).doesNotContain(".safetensors.tmp\n").doesNotContain("\nconfig.json");
    }

    /** Waits until a merge has finished a shard, or has ended. */
    private void untilAShardIsDone(Process process) throws IOException, InterruptedException {
        Path journal = root.resolve("out.tmp");
        while (process.isAlive()
                && (!Files.isDirectory(journal)
                        || Journal.of(journal, Share.WHOLE).shards().isEmpty())) {
            Thread.sleep(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-Dnothing", VECTORS})
    void anInputThatIsCutIsNamed(String option) throws Exception {
        Process process = java.with(option, "-Dpaft.merge.vectorsFrom=0")
                .start("run", "recipe.yaml", "out", "--shard-size", "4m", "--threads", "2");
        untilAShardIsDone(process);
        cut(root.resolve("sft/model.safetensors"));
        assertThat(java.exit(process)).as(java.log()).isEqualTo(65);
        assertThat(java.log())
                .contains("error: ModelInvalid: ")
                .contains("sft/model.safetensors, offset ")
                .contains("bytes when the merge began")
                .contains("give the same command with --resume");
        assertThat(root.resolve("out")).doesNotExist();
        assertNoCrash();
    }

    /** Every type, with both compilers, in the reads that a merge and verify do. */
    @ParameterizedTest
    @CsvSource({
        "BF16,read,true",
        "BF16,read,false",
        "F16,read,true",
        "F32,read,true",
        "F32,read,false",
        "F64,read,false",
        "I64,copy,true",
        "I64,copy,false"
    })
    void aMapThatIsCutIsAnErrorNotACrash(Dtype dtype, String how, boolean vectors) throws Exception {
        sparse(root.resolve("m"), "w", 1, Shape.of(1 << 22), dtype);
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        if (vectors) {
            command.add(VECTORS);
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), TruncatedRead.class.getName(), "m", how));
        Process process = new ProcessBuilder(command)
                .directory(root.toFile())
                .redirectErrorStream(true)
                .redirectOutput(root.resolve("log.txt").toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(java.log()).contains("vectors: " + vectors).contains("noticed: tensor w could not be read");
        assertNoCrash();
    }

    @Test
    void anInputThatIsCutInItsLastPageIsNoticedToo() throws Exception {
        // Behind the new end the last page reads as zeros, without any fault.
        Process process = java.start("run", "recipe.yaml", "out", "--shard-size", "4m", "--threads", "1");
        untilAShardIsDone(process);
        try (RandomAccessFile file =
                new RandomAccessFile(root.resolve("sft/model.safetensors").toFile(), "rw")) {
            file.setLength(file.length() - 2);
        }
        assertThat(java.exit(process)).as(java.log()).isEqualTo(65);
        assertThat(java.log()).contains("sft/model.safetensors, offset ");
    }

    @Test
    void anInputThatIsOverwrittenInPlaceIsNoticedToo() throws Exception {
        Process process = java.start("run", "recipe.yaml", "out", "--shard-size", "4m", "--threads", "1");
        untilAShardIsDone(process);
        try (RandomAccessFile file =
                new RandomAccessFile(root.resolve("sft/model.safetensors").toFile(), "rw")) {
            file.seek(file.length() - 2);
            file.write(new byte[] {0, 0x3c});
        }
        assertThat(java.exit(process)).as(java.log()).isEqualTo(65);
        assertThat(java.log())
                .contains("error: ModelInvalid: sft/model.safetensors was written to while it was read")
                .contains("give the same command with --resume");
    }

    /** Also what is copied at the very end shows before the work. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "sft/model.safetensors",
                "base/config.json",
                "base/tokenizer.json",
                "base/LICENSE.txt",
                "base/additional_chat_templates/rag.jinja"
            })
    void anInputThatMayNotBeReadIsNamed(String input) throws Exception {
        Path file = root.resolve(input);
        if (!Files.exists(file)) {
            TestModels.write(file, "{}");
        }
        java.under(Unreadable.make(file).toArray(String[]::new));
        for (String option : List.of("--resume", "--dry-run")) {
            assertThat(java.run("run", "recipe.yaml", "out", option))
                    .as(java.log())
                    .isEqualTo(65);
            assertThat(java.log()).contains("error: ModelNotFound: " + input + " cannot be read by this user");
            assertThat(root.resolve("out")).doesNotExist();
            assertThat(root.resolve("out.tmp")).doesNotExist();
        }
    }

    private void assertNoCrash() throws IOException {
        try (var files = Files.list(root)) {
            assertThat(files.map(file -> String.valueOf(file.getFileName())))
                    .noneMatch(name -> name.startsWith("hs_err"));
        }
    }

    private static void cut(Path file) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.setLength(open.length() / 8);
        }
    }

    /** A checkpoint of zeros that takes no space. */
    private static void sparse(Path directory, String name, int count, Shape shape, Dtype dtype) throws IOException {
        List<TensorInfo> tensors = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            tensors.add(new TensorInfo(
                    String.format(Locale.ROOT, name, i), dtype, shape, 0, shape.elements() * dtype.bytes()));
        }
        List<TensorInfo> placed = HeaderWriter.layout(tensors);
        byte[] header = HeaderWriter.header(placed);
        TestModels.write(directory.resolve("config.json"), "{\"num_hidden_layers\": 16}");
        TestModels.write(directory.resolve("model.safetensors"), header);
        try (RandomAccessFile file =
                new RandomAccessFile(directory.resolve("model.safetensors").toFile(), "rw")) {
            file.setLength(header.length + placed.getLast().end());
        }
    }
}
