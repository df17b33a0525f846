package io.paft.merge.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paft.merge.MergeException;
import io.paft.merge.checkpoint.ShardLayout;
import io.paft.merge.checkpoint.ShardLayout.Shard;
import io.paft.merge.engine.Engine;
import io.paft.merge.engine.MergeJob;
import io.paft.merge.engine.SilentProgress;
import io.paft.merge.files.FileTree;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import io.paft.merge.safetensors.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PartsTest {
    private static final String RECIPE = Interrupted.TIES;
    private static final Engine.Options OPTIONS = new Engine.Options(2, 1 << 30, 100);

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

    /** Also where a part has to know what the others hold, or where something is drawn. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                RECIPE,
                "{merge_method: task_arithmetic, base_model: base, models: [{model: sft, parameters: {weight: 1},"
                        + " sparsify: {method: magnitude, density: 0.3, scope: model}}]}",
                "{merge_method: dare_ties, base_model: base, models: ["
                        + "{model: sft, parameters: {weight: 1, density: 0.5}}, {model: dpo, parameters: {weight: 0.7, density: 0.3}}]}"
            })
    void partsJoinedAreTheWholeToTheByte(String recipe) throws IOException {
        merge = new Interrupted(root, recipe, OPTIONS);
        MergeJob.Outcome whole = merge.whole(root.resolve("whole"), Work.Existing.REFUSE, SilentProgress.NONE);
        for (int part = 3; part >= 1; part--) {
            merge.part(work, new Share(part, 3));
        }
        Assembly assembly = Assembly.of(work, work);
        assembly.verify();
        assembly.finish();
        assertThat(assembly.report().toString()).isEqualTo(whole.report().toString());
        assertThat(FileTree.entries(work, List.of(), Journal.DIRECTORY))
                .isEqualTo(FileTree.entries(root.resolve("whole"), List.of(), Journal.DIRECTORY));
    }

    @Test
    void partsOfTheirOwnDirectoriesAreBroughtTogether() throws IOException {
        merge.whole(root.resolve("whole"), Work.Existing.REFUSE, SilentProgress.NONE);
        for (int part = 1; part <= 2; part++) {
            Path own = root.resolve("part" + part);
            merge.part(own, new Share(part, 2));
            new Adoption(own, work).run();
            new Adoption(own, work).run();
        }
        Assembly assembly = Assembly.of(work, work);
        assembly.verify();
        assembly.finish();
        assertThat(FileTree.entries(work, List.of(), Journal.DIRECTORY))
                .isEqualTo(FileTree.entries(root.resolve("whole"), List.of(), Journal.DIRECTORY));
    }

    @Test
    void whatIsMissingIsNamed() throws IOException {
        merge.part(work, new Share(2, 3));
        assertJoin("these parts are missing: 1/3, 3/3");
        merge.part(work, new Share(1, 3));
        merge.part(work, new Share(3, 3));
        Journal first = Journal.of(work, new Share(1, 3));
        first.remove(first.shards().getFirst());
        assertJoin("it lacks " + "model-0000");
    }

    @Test
    void partsOfDifferentMergesDoNotJoin() throws IOException {
        merge.part(work, new Share(1, 2));
        Interrupted other = new Interrupted(root, RECIPE.replace("0.7", "0.8"), OPTIONS);
        assertThatThrownBy(() -> other.part(work, new Share(2, 2)))
                .hasMessageContaining("has a recipe whose resolved parameters")
                .hasMessageContaining("part 1/2");
        assertThatThrownBy(() -> merge.part(work, new Share(2, 3)))
                .hasMessageContaining("has the number of parts 3, but the other has 2");
        other.part(root.resolve("second"), new Share(2, 2));
        new Adoption(root.resolve("second"), work).run();
        assertJoin("the parts are of different merges: part 2/2 has a recipe");
    }

    @Test
    void partsOfOtherLayersOfTheSameModelsDoNotJoin() {
        new Interrupted(root, ranges("[1, 2]"), OPTIONS).part(work, new Share(1, 2));
        assertThatThrownBy(() -> new Interrupted(root, ranges("[0, 1]"), OPTIONS).part(work, new Share(2, 2)))
                .hasMessageContaining("has a recipe whose resolved parameters")
                .hasMessageContaining("part 1/2");
    }

    @Test
    void aDamagedPartIsNamed() throws IOException {
        for (int part = 1; part <= 2; part++) {
            merge.part(work, new Share(part, 2));
        }
        Path shard = work.resolve("model-00003-of-00004.safetensors");
        byte[] bytes = Files.readAllBytes(shard);
        bytes[bytes.length - 1] ^= 1;
        Files.write(shard, bytes);
        assertThatThrownBy(() -> Assembly.of(work, work).verify())
                .isInstanceOf(MergeException.class)
                .hasMessageContaining("model-00003-of-00004.safetensors has another sha256");
    }

    @Test
    void partsAreBalancedDisjointAndComplete() {
        Random random = new Random(5);
        for (int round = 0; round < 200; round++) {
            List<TensorInfo> tensors = new ArrayList<>();
            for (int i = 0; i < 1 + random.nextInt(60); i++) {
                long size = 1L + random.nextInt(100);
                tensors.add(new TensorInfo("t" + i, Dtype.U8, Shape.of(size), 0, size));
            }
            ShardLayout layout = ShardLayout.of(tensors, 150);
            int parts = 1 + random.nextInt(8);
            List<Shard> all = new ArrayList<>();
            long least = Long.MAX_VALUE;
            long most = 0;
            for (int part = 1; part <= parts; part++) {
                List<Shard> mine = new Share(part, parts).of(layout);
                all.addAll(mine);
                long bytes = mine.stream().mapToLong(Shard::bytes).sum();
                least = Math.min(least, bytes);
                most = Math.max(most, bytes);
            }
            assertThat(all).containsExactlyInAnyOrderElementsOf(layout.shards());
            assertThat(most - least).isLessThanOrEqualTo(150);
        }
    }

    @Test
    void aShareIsWrittenAsTwoNumbers() {
        assertThat(Share.parse("2/3")).isEqualTo(new Share(2, 3));
        for (String bad : List.of("0/3", "4/3", "1", "1/0", "a/b", "1/3/5", "-1/3", "999999/999999")) {
            assertThatThrownBy(() -> Share.parse(bad))
                    .isInstanceOf(MergeException.class)
                    .hasMessageContaining("I/N");
        }
    }

    private static String ranges(String second) {
        return "{merge_method: slerp, base_model: base, parameters: {t: 0.5}, slices: ["
                + "{sources: [{model: base, layer_range: [0, 1]}, {model: sft, layer_range: [0, 1]}]},"
                + " {sources: [{model: base, layer_range: [1, 2]}, {model: sft, layer_range: " + second + "}]}]}";
    }

    private void assertJoin(String text) {
        assertThatThrownBy(() -> Assembly.of(work, work))
                .isInstanceOf(MergeException.class)
                .hasMessageContaining(text);
    }
}
