package io.paft.merge.cli;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.ChildJvm;
import io.paft.merge.TestModels.Tensor;
import io.paft.merge.files.FileEntry;
import io.paft.merge.files.FileTree;
import io.paft.merge.journal.Journal;
import io.paft.merge.journal.Share;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line as a process: killed and stopped at different moments, resumed, in parts. */
@Tag("slow")
class RunProcessTest {
    private static final int SHARDS = 12;
    private static final int ROWS = 512;

    @TempDir
    Path root;

    private ChildJvm java;
    private Path work;

    @BeforeEach
    void models() {
        java = new ChildJvm(root);
        work = root.resolve("out.tmp");
        for (String model : List.of("base", "sft", "dpo")) {
            checkpoint(root.resolve(model), tensors(model.hashCode()));
            write(root.resolve(model).resolve("tokenizer.json"), "{}");
        }
        write(root.resolve("recipe.yaml"), """
                merge_method: ties
                base_model: base
                models:
                  - model: sft
                    parameters: {weight: 1.0, density: 0.4}
                  - model: dpo
                    parameters: {weight: 0.5, density: 0.2}
                """);
    }

    @Test
    void killedAtAnyMomentItGoesOnToTheSameBytes() throws Exception {
        assertThat(run("whole")).isZero();
        int most = 0;
        // By the number of finished shards, and by the time after it: in a tensor, in a sync, between name and record.
        int[][] moments = {{0, 0}, {0, 40}, {1, 0}, {3, 7}, {5, 1}, {8, 15}, {11, 2}, {SHARDS, 0}, {SHARDS, 1}};
        for (int[] moment : moments) {
            Process process = start("out", "--resume");
            while (process.isAlive() && finished() < moment[0]) {
                Thread.sleep(1);
            }
            Thread.sleep(moment[1]);
            process.destroyForcibly();
            java.exit(process);
            if (Files.exists(root.resolve("out"))) {
                break;
            }
            assertThat(finished()).isGreaterThanOrEqualTo(most);
            most = finished();
        }
        assertThat(most).as("shards kept over kills").isGreaterThan(5);
        assertThat(run("out", "--resume")).as(java.log()).isZero();
        assertThat(java.log()).containsAnyOf("were kept from an attempt before", "complete already");
        assertSame();
    }

    /** A merge of this size takes scalars by itself. */
    @Test
    void vectorsGiveTheSameBytesAsTheScalarsThatASmallMergeTakes() throws Exception {
        java.with("--add-modules=jdk.incubator.vector", "-XX:TieredStopAtLevel=4");
        assertThat(run("whole")).isZero();
        java.with("-Dpaft.merge.vectorsFrom=0");
        assertThat(run("out")).isZero();
        assertSame();
    }

    @Test
    void aSignalKeepsWhatIsFinishedAndSaysHowToGoOn() throws Exception {
        assertThat(run("whole")).isZero();
        Process process = start("out");
        while (process.isAlive() && finished() < 2) {
            Thread.sleep(1);
        }
        process.destroy();
        assertThat(java.exit(process)).isEqualTo(143);
        assertThat(java.log()).contains("kept ").contains("give the same command with --resume to go on");
        assertThat(root.resolve("out")).doesNotExist();
        try (var files = Files.list(work)) {
            assertThat(files.map(file -> String.valueOf(file.getFileName())))
                    .noneMatch(name -> name.endsWith(".tmp"))
                    .doesNotContain("config.json", "model.safetensors.index.json", "manifest.json");
        }
        assertThat(run("out")).isEqualTo(78);
        assertThat(java.log()).contains("add --resume");
        assertThat(run("out", "--resume", "--threads", "1")).as(java.log()).isZero();
        assertSame();
    }

    @Test
    void partsSideBySideAndJoined() throws Exception {
        assertThat(run("whole")).isZero();
        List<Process> parts = List.of(
                startLogged("1", "out", "--part", "1/3"),
                startLogged("2", "out", "--part", "2/3"),
                startLogged("3", "out", "--part", "3/3"));
        for (Process part : parts) {
            assertThat(java.exit(part)).isZero();
        }
        assertThat(root.resolve("out")).doesNotExist();
        assertThat(java.run("join", "out")).as(java.log()).isZero();
        assertSame();
        assertThat(java.run("join", "out")).isZero();
        assertThat(java.log()).contains("joined already");
        assertThat(run("out", "--part", "2/3", "--resume")).isZero();
        assertThat(java.log()).contains("complete already");
    }

    @Test
    void aWholeMergeTakesNothingFromFinishedParts() throws Exception {
        assertThat(run("out", "--part", "1/2")).isZero();
        assertThat(run("out")).isEqualTo(78);
        assertThat(run("out", "--part", "1/2", "--resume", "--dry-run")).isZero();
        assertThat(java.log()).contains("6 shards of it are finished");
    }

    /** Killed after the manifest and before the name, a commit is done once more. */
    @Test
    void aManifestOfACommitThatWasKilledIsNoFileOfTheOutput() throws Exception {
        assertThat(run("out", "--part", "1/2")).isZero();
        assertThat(run("out", "--part", "2/2")).isZero();
        write(work.resolve("manifest.json"), "{}");
        assertThat(java.run("join", "out")).as(java.log()).isZero();
        assertThat(java.run("verify", "out")).as(java.log()).isZero();
    }

    @Test
    void whatIsNotAMergesIsLeftAlone() throws Exception {
        write(work.resolve("thesis.txt"), "years of work");
        assertThat(run("out", "--resume")).isEqualTo(78);
        assertThat(java.log()).contains("out.tmp is in the way");
        assertThat(work.resolve("thesis.txt")).exists();
    }

    @Test
    void aDryRunTellsWhatIsFinished() throws Exception {
        assertThat(run("out", "--part", "1/2")).isZero();
        assertThat(run("out", "--part", "1/2", "--resume", "--dry-run")).isZero();
        assertThat(java.log()).contains("in 6 shards to write as part 1/2; 6 shards of it are finished");
        assertThat(run("out", "--part", "2/2", "--seed", "3", "--dry-run")).isEqualTo(78);
        assertThat(java.log()).contains("has the seed 3, but the other has 0");
    }

    private Process start(String... arguments) throws IOException {
        return java.start(with(arguments));
    }

    private Process startLogged(String name, String... arguments) throws IOException {
        Path directory = Files.createDirectories(root.resolve("log" + name));
        String[] all = with(arguments);
        all[1] = root.resolve(all[1]).toString();
        // Same models, by paths that differ in nothing that counts: the recipe's are relative to the directory.
        for (String model : List.of("base", "sft", "dpo")) {
            Files.createSymbolicLink(directory.resolve(model), root.resolve(model));
        }
        all[2] = root.resolve(all[2]).toString();
        return new ChildJvm(directory).start(all);
    }

    private int run(String... arguments) throws Exception {
        return java.exit(start(arguments));
    }

    private static String[] with(String... arguments) {
        String[] all = new String[arguments.length + 4];
        all[0] = "run";
        all[1] = "recipe.yaml";
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        all[all.length - 2] = "--shard-size";
        all[all.length - 1] = "1m";
        return all;
    }

    private int finished() throws IOException {
        Path journal = work.resolve(Journal.DIRECTORY);
        return Files.isDirectory(journal)
                ? Journal.of(work, Share.WHOLE).shards().size()
                : 0;
    }

    /** Every file but the manifest, which tells the time. */
    private void assertSame() throws IOException {
        assertThat(entries("out")).isEqualTo(entries("whole")).hasSize(SHARDS + 5);
        assertThat(work).doesNotExist();
        assertThat(root.resolve("out").resolve(Journal.DIRECTORY)).doesNotExist();
    }

    private List<FileEntry> entries(String output) throws IOException {
        return FileTree.entries(root.resolve(output)).stream()
                .filter(entry -> !entry.path().equals("manifest.json"))
                .toList();
    }

    private static Map<String, Tensor> tensors(int seed) {
        Map<String, Tensor> tensors = new TreeMap<>();
        for (int layer = 0; layer < SHARDS; layer++) {
            byte[] bytes = new byte[ROWS * 1024 * 2];
            new java.util.Random(seed + layer).nextBytes(bytes);
            for (int i = 1; i < bytes.length; i += 2) {
                // Small numbers of both signs, never NaN.
                bytes[i] = (byte) ((bytes[i] & 0x80) | 0x3c);
            }
            tensors.put(
                    "model.layers." + layer + ".mlp.up_proj.weight",
                    new Tensor(Shape.of(ROWS, 1024), Dtype.BF16, bytes));
        }
        return tensors;
    }
}
