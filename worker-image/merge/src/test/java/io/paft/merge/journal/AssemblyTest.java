package io.paft.merge.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paft.merge.MergeException;
import io.paft.merge.checkpoint.ShardLayout;
import io.paft.merge.engine.Engine;
import io.paft.merge.engine.MergeJob;
import io.paft.merge.engine.SilentProgress;
import io.paft.merge.files.FileTree;
import io.paft.merge.report.MergeReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a process knows of its own work, and what it reads from the journal. */
class AssemblyTest {
    private static final String TIES = Interrupted.TIES;
    /** Three shards of four tensors; on one thread, so that all are recorded when the last tensor is told. */
    private static final Engine.Options OPTIONS = new Engine.Options(1, 1 << 30, 130);

    private static final int TENSORS = 4;

    @TempDir
    Path root;

    private Path work;
    private Interrupted merge;

    @BeforeEach
    void models() {
        Interrupted.models(root);
        work = root.resolve("out.tmp");
        merge = new Interrupted(root, TIES, OPTIONS);
    }

    /** Of models with deltas, without a base, and without statistics. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                TIES,
                "{merge_method: linear, models: [{model: sft, parameters: {weight: 1}}, {model: dpo, parameters: {weight: 0}}]}",
                "{merge_method: passthrough, models: [{model: sft}]}"
            })
    void whatIsKnownGivesTheSameBytesAsTheJournal(String recipe) throws IOException {
        merge = new Interrupted(root, recipe, OPTIONS);
        MergeJob.Outcome outcome = merge.whole(work, Work.Existing.REFUSE, SilentProgress.NONE);
        byte[] index = Files.readAllBytes(work.resolve(ShardLayout.INDEX));
        Assembly read = Assembly.of(work, work);
        read.finish();
        assertThat(MergeReport.encode(outcome.report())).isEqualTo(MergeReport.encode(read.report()));
        assertThat(index).isEqualTo(Files.readAllBytes(work.resolve(ShardLayout.INDEX)));
        assertThat(outcome.assembly().begun()).isEqualTo(read.begun());
        assertThat(outcome.assembly().facts()).isEqualTo(read.facts());
        assertThat(outcome.assembly().parts()).isEqualTo(read.parts());
    }

    @Test
    void nothingThatThisProcessWroteIsReadBack() {
        MergeJob.Outcome whole = merge.whole(root.resolve("whole"), Work.Existing.REFUSE, SilentProgress.NONE);
        MergeJob.Outcome blind =
                merge.whole(work, Work.Existing.REFUSE, Interrupted.after(TENSORS, () -> spoil(journal(".json"))));
        assertThat(MergeReport.encode(blind.report())).isEqualTo(MergeReport.encode(whole.report()));
        assertThatThrownBy(() -> Assembly.of(work, work))
                .isInstanceOf(MergeException.class)
                .hasMessageContaining("is not a record of this version");
    }

    @Test
    void whatAnAttemptBeforeWroteIsRead() {
        merge.stopAfter(work, Share.WHOLE, 1);
        List<Path> kept = journal(".shard.json");
        assertThat(kept).hasSize(1);
        assertThatThrownBy(() -> merge.resume(work, Interrupted.after(TENSORS - 1, () -> spoil(kept))))
                .isInstanceOf(MergeException.class)
                .hasMessageContaining("model-00001-of-00003.safetensors.shard.json is not a record of this version");
    }

    /** What is known does not stand in for what would be missing after a kill. */
    @Test
    void aRecordThatIsGoneIsMissing() {
        Runnable lose = () -> {
            try {
                Files.delete(journal(".shard.json").getLast());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
        assertThatThrownBy(() -> merge.whole(work, Work.Existing.REFUSE, Interrupted.after(TENSORS, lose)))
                .isInstanceOf(MergeException.class)
                .hasMessageContaining("it lacks model-00003-of-00003.safetensors");
    }

    /** The files of the journal that end so, by name. */
    private List<Path> journal(String end) {
        try {
            return FileTree.files(work.resolve(Journal.DIRECTORY)).stream()
                    .filter(file -> file.toString().endsWith(end))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void spoil(List<Path> files) {
        try {
            for (Path file : files) {
                Files.writeString(file, "no JSON");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
