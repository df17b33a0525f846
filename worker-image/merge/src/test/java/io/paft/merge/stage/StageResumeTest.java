package io.paft.merge.stage;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.TestModels;
import io.paft.merge.TestModels.Tensor;
import io.paft.merge.engine.Engine;
import io.paft.merge.engine.Progress;
import io.paft.merge.engine.SilentProgress;
import io.paft.merge.files.FileEntry;
import io.paft.merge.files.FileTree;
import io.paft.merge.journal.Interrupted;
import io.paft.merge.journal.Journal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attempts at one stage, one after the other. */
class StageResumeTest {
    private static final long SHARD = 130;

    @TempDir
    Path root;

    private StageWorkspace workspace;
    private String document;

    @BeforeEach
    void prepare() {
        workspace = new StageWorkspace(root);
        document = workspace.document().toString();
    }

    @Test
    void theNextAttemptGoesOn() throws IOException {
        assertThat(workspace.run(document, engine(SHARD), SilentProgress.NONE)).isZero();
        List<FileEntry> undisturbed = entries();
        FileTree.delete(workspace.output());

        assertThat(stoppedAfterOneShard()).isEqualTo(143);
        assertThat(workspace.message().path("message").asText())
                .endsWith(" 1 finished shard is kept, the next attempt goes on from there.");
        assertThat(workspace.output()).doesNotExist();

        assertThat(workspace.run(document, engine(SHARD), SilentProgress.NONE)).isZero();
        assertThat(workspace.message().path("message").asText())
                .endsWith("; 1 of 3 shards were kept from an attempt before");
        assertThat(entries()).isEqualTo(undisturbed);
        assertThat(workspace.output().resolve(Journal.DIRECTORY)).doesNotExist();
        assertThat(workspace.manifest().toString()).doesNotContain(Journal.DIRECTORY);
    }

    @Test
    void aKillBeforeTheManifestLosesNothing() throws IOException {
        stoppedAfterOneShard();
        FileTree.rename(unfinished(), workspace.output());
        assertThat(workspace.run(document, engine(SHARD), SilentProgress.NONE)).isZero();
        assertThat(workspace.message().path("message").asText()).contains("1 of 3 shards were kept");
    }

    @Test
    void anotherMergeBeginsAgain() throws IOException {
        stoppedAfterOneShard();
        TestModels.write(unfinished().resolve("model/tokenizer.model"), "of the model before");
        TestModels.checkpoint(root.resolve("models/tiny"), TestModels.toy(5, 0.02));
        assertThat(workspace.run(document, engine(SHARD), SilentProgress.NONE)).isZero();
        assertThat(workspace.log).anyMatch(line -> line.startsWith("beginning again: this merge reads models/tiny"));
        assertThat(workspace.message().path("message").asText()).doesNotContain("kept from");
        assertThat(workspace.output().resolve("model/tokenizer.model")).doesNotExist();
    }

    @Test
    void whatIsNotTriedAgainTakesNoSpace() throws IOException {
        Map<String, Tensor> broken = TestModels.toy(2, 0.02);
        broken.put("model.norm.weight", Tensor.vector(1, 2, Float.NaN, 3));
        TestModels.checkpoint(root.resolve("preference/" + "b".repeat(64) + "/model"), broken);
        assertThat(workspace.run(document, engine(SHARD), SilentProgress.NONE)).isEqualTo(65);
        assertThat(workspace.message().path("message").asText()).doesNotContain("attempt");
        assertThat(unfinished()).doesNotExist();
    }

    @Test
    void aFullWorkspaceKeepsWhatIsFinished() throws IOException {
        Progress full = Interrupted.after(3, () -> {
            throw new UncheckedIOException(new IOException("No space left on device"));
        });

        assertThat(workspace.run(document, engine(SHARD), full)).isEqualTo(75);
        assertThat(workspace.message().path("reason").asText()).isEqualTo("WorkspaceFull");
        assertThat(workspace.message().path("message").asText())
                .contains("finished shard")
                .contains("the next attempt goes on from there");
        assertThat(workspace.output()).doesNotExist();
        assertThat(workspace.run(document, engine(SHARD), SilentProgress.NONE)).isZero();
        assertThat(workspace.message().path("message").asText()).contains("of 3 shards were kept");
    }

    private int stoppedAfterOneShard() {
        Engine engine = engine(SHARD);
        return workspace.run(document, engine, Interrupted.after(1, engine::stop));
    }

    private static Engine engine(long shardSize) {
        return new Engine(new Engine.Options(1, 1L << 28, shardSize));
    }

    private Path unfinished() {
        return workspace.output().resolveSibling(workspace.output().getFileName() + ".tmp");
    }

    private List<FileEntry> entries() throws IOException {
        try (var files = Files.list(workspace.output())) {
            assertThat(files).hasSize(4);
        }
        return FileTree.entries(workspace.output()).stream()
                .filter(entry -> !entry.path().equals("manifest.json"))
                .toList();
    }
}
