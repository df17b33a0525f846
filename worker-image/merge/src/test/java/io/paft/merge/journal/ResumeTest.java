package io.paft.merge.journal;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.toy;
import static io.paft.merge.TestModels.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.engine.Engine;
import io.paft.merge.engine.MergeJob;
import io.paft.merge.engine.SilentProgress;
import io.paft.merge.files.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResumeTest {
    private static final String RECIPE = "{merge_method: dare_ties, base_model: base, models: ["
            + "{model: sft, parameters: {weight: 1, density: 0.5}}, {model: dpo, parameters: {weight: 0.7, density: 0.3}}]}";
    /** Three shards: the embedding, one layer and another with the norm. */
    private static final Engine.Options OPTIONS = new Engine.Options(2, 1 << 30, 130, 3);

    @TempDir
    Path root;

    private Path work;
    private Interrupted merge;

    @BeforeEach
    void models() {
        Interrupted.models(root);
        work = root.resolve("out.tmp");
        merge = new Interrupted(root, RECIPE, OPTIONS);
    }

    @Test
    void goesOnToTheSameBytesAndTheSameReport() throws IOException {
        MergeJob.Outcome whole = merge.whole(root.resolve("whole"), Work.Existing.REFUSE, SilentProgress.NONE);
        stopAfterOneShard();
        AtomicInteger tensors = new AtomicInteger();
        AtomicLong keptBytes = new AtomicLong();
        MergeJob.Outcome resumed = merge.resume(work, new SilentProgress() {
            @Override
            public void kept(int tensors, long bytes) {
                keptBytes.set(bytes);
            }

            @Override
            public void tensor() {
                tensors.incrementAndGet();
            }
        });
        assertThat(resumed.part().kept()).isNotEmpty();
        assertThat(keptBytes).hasValueGreaterThan(0);
        assertThat(tensors.get()).isLessThan(4);
        assertThat(resumed.report()).isEqualTo(whole.report());
        assertThat(resumed.report().toString()).isEqualTo(whole.report().toString());
        assertThat(FileTree.entries(work, java.util.List.of(), Journal.DIRECTORY))
                .isEqualTo(FileTree.entries(root.resolve("whole"), java.util.List.of(), Journal.DIRECTORY));
    }

    @Test
    void leavesNoHalfFile() throws IOException {
        stopAfterOneShard();
        try (var files = Files.list(work)) {
            assertThat(files.map(file -> String.valueOf(file.getFileName())))
                    .contains("model-00001-of-00003.safetensors")
                    .doesNotContain("config.json")
                    .noneMatch(name -> name.endsWith(".tmp"));
        }
    }

    @Test
    void finishedShardsAreNotOverwrittenUnasked() {
        stopAfterOneShard();
        assertThatThrownBy(() -> merge.whole(work, Work.Existing.REFUSE, SilentProgress.NONE))
                .isInstanceOfSatisfying(
                        MergeException.class, e -> assertThat(e.reason()).isEqualTo(Reason.InvalidParameter))
                .hasMessageContaining("add --resume")
                .hasMessageContaining("or remove the directory");
        assertThat(work.resolve("model-00001-of-00003.safetensors")).exists();
    }

    @Test
    void saysWhichFactDiffers() {
        stopAfterOneShard();
        assertDiffers(RECIPE, new Engine.Options(2, 1 << 30, 130, 4), "has the seed 4, but the other has 3");
        assertDiffers(RECIPE, new Engine.Options(2, 1 << 30, 131, 3), "has the shard size 131, but the other has 130");
        assertDiffers(RECIPE.replace("0.7", "0.8"), OPTIONS, "has a recipe whose resolved parameters");
        assertDiffers(RECIPE.replace("dare_ties", "dare_linear"), OPTIONS, "has the method dare_linear");
        checkpoint(root.resolve("dpo"), toy(4, 0.02));
        assertDiffers(RECIPE, OPTIONS, "reads dpo/model.safetensors with other values");
        checkpoint(root.resolve("dpo"), toy(3, 0.02));
        assertThat(merge.resume(work).part().kept()).isNotEmpty();
    }

    /** Neither names nor shapes tell these recipes apart, only where the second source is read. */
    @Test
    void layersOfASourceThatDoesNotLeadAreAFact() {
        new Interrupted(root, ranges("[1, 2]"), new Engine.Options(1, 1 << 30, 130, 3)).stopAfter(work, Share.WHOLE, 1);
        assertDiffers(ranges("[0, 1]"), OPTIONS, "has a recipe whose resolved parameters");
        assertThat(new Interrupted(root, ranges("[1, 2]"), OPTIONS)
                        .resume(work)
                        .part()
                        .kept())
                .isNotEmpty();
    }

    @Test
    void whatIsCopiedBesideTheWeightsIsAFact() {
        write(root.resolve("base/tokenizer.json"), "{}");
        stopAfterOneShard();
        write(root.resolve("base/tokenizer.json"), "{\"version\": \"1.0\"}");
        assertDiffers(RECIPE, OPTIONS, "has a config.json, tokenizer or chat template with the digest");
        write(root.resolve("base/tokenizer.json"), "{}");
        assertThat(merge.resume(work).part().kept()).isNotEmpty();
    }

    @Test
    void threadsAndMemoryAreNoFacts() {
        stopAfterOneShard();
        Interrupted other = new Interrupted(root, RECIPE, new Engine.Options(1, 1 << 29, 130, 3));
        assertThat(other.resume(work).part().kept()).isNotEmpty();
    }

    @Test
    void aDamagedShardIsMergedAgain() throws IOException {
        merge.whole(root.resolve("whole"), Work.Existing.REFUSE, SilentProgress.NONE);
        stopAfterOneShard();
        Path shard = work.resolve("model-00001-of-00003.safetensors");
        byte[] bytes = Files.readAllBytes(shard);
        bytes[bytes.length - 1] ^= 1;
        Files.write(shard, bytes);
        MergeJob.Outcome outcome = merge.resume(work);
        assertThat(merge.log).anyMatch(line -> line.contains("another sha256") && line.contains("merging it again"));
        assertThat(outcome.part().kept())
                .noneMatch(record -> record.entry().path().contains("00001"));
        assertThat(shard).hasSameBinaryContentAs(root.resolve("whole/model-00001-of-00003.safetensors"));
    }

    @Test
    void beginsAgainWhereItMay() {
        stopAfterOneShard();
        Interrupted other = new Interrupted(root, RECIPE, new Engine.Options(1, 1 << 29, 1000, 3));
        MergeJob.Outcome outcome = other.whole(work, Work.Existing.RESUME_OR_BEGIN, SilentProgress.NONE);
        assertThat(outcome.part().kept()).isEmpty();
        assertThat(other.log).anyMatch(line -> line.startsWith("beginning again: this merge has the shard size 1000"));
        assertThat(work.resolve("model-00001-of-00003.safetensors")).doesNotExist();
        assertThat(work.resolve("model.safetensors")).exists();
    }

    private static String ranges(String second) {
        return "{merge_method: slerp, base_model: base, parameters: {t: 0.5}, slices: ["
                + "{sources: [{model: base, layer_range: [0, 1]}, {model: sft, layer_range: [0, 1]}]},"
                + " {sources: [{model: base, layer_range: [1, 2]}, {model: sft, layer_range: " + second + "}]}]}";
    }

    private void stopAfterOneShard() {
        // On one thread, so that exactly the first shard is done.
        new Interrupted(root, RECIPE, new Engine.Options(1, 1 << 30, 130, 3)).stopAfter(work, Share.WHOLE, 1);
    }

    private void assertDiffers(String recipe, Engine.Options options, String text) {
        assertThatThrownBy(() -> new Interrupted(root, recipe, options).resume(work))
                .isInstanceOf(MergeException.class)
                .hasMessageContaining(text)
                .hasMessageContaining("remove the directory to begin again");
    }
}
