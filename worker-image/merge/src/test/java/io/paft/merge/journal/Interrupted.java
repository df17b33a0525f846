package io.paft.merge.journal;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.toy;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paft.merge.engine.Engine;
import io.paft.merge.engine.MergeJob;
import io.paft.merge.engine.Progress;
import io.paft.merge.engine.SilentProgress;
import io.paft.merge.recipe.RecipeReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Merges that go through a work directory: interrupted ones, resumed ones, parts. */
public final class Interrupted {
    /** Both branches, each with a density of its own. */
    static final String TIES = "{merge_method: ties, base_model: base, models: ["
            + "{model: sft, parameters: {weight: 1, density: 0.5}}, {model: dpo, parameters: {weight: 0.7, density: 0.3}}]}";

    private final Path root;
    private final String recipe;
    private final Engine.Options options;

    /** What {@link Work#log} heard. */
    public final List<String> log = new ArrayList<>();

    /** Writes toy models named base, sft and dpo. */
    static void models(Path root) {
        checkpoint(root.resolve("base"), toy(1, 0.02));
        checkpoint(root.resolve("sft"), toy(2, 0.02));
        checkpoint(root.resolve("dpo"), toy(3, 0.02));
    }

    /** A merge of the models below {@code root}. */
    public Interrupted(Path root, String recipe, Engine.Options options) {
        this.root = root;
        this.recipe = recipe;
        this.options = options;
    }

    /** Has something happen when this number of tensors is complete. */
    public static Progress after(int tensors, Runnable what) {
        return new SilentProgress() {
            private int left = tensors;

            @Override
            public void tensor() {
                left--;
                if (left == 0) {
                    what.run();
                }
            }
        };
    }

    /** Merges until this number of tensors is complete. */
    public void stopAfter(Path work, Share share, int tensors) {
        Engine engine = new Engine(options);
        Progress progress = after(tensors, engine::stop);
        assertThatThrownBy(() -> job(engine).run(work(work, share, Work.Existing.REFUSE), plan -> progress))
                .hasMessageContaining("stopped");
    }

    /** Goes on. */
    public MergeJob.Outcome resume(Path work) {
        return resume(work, SilentProgress.NONE);
    }

    /** Goes on. */
    public MergeJob.Outcome resume(Path work, Progress progress) {
        return whole(work, Work.Existing.RESUME, progress);
    }

    /** Merges all. */
    public MergeJob.Outcome whole(Path work, Work.Existing existing, Progress progress) {
        try {
            return job(new Engine(options)).whole(work(work, Share.WHOLE, existing), plan -> progress);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Merges a part. */
    public MergeJob.Part part(Path work, Share share) {
        try {
            return job(new Engine(options)).run(work(work, share, Work.Existing.RESUME), plan -> SilentProgress.NONE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private MergeJob job(Engine engine) {
        return new MergeJob(RecipeReader.read(recipe, "recipe"), root, engine);
    }

    private Work work(Path directory, Share share, Work.Existing existing) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Work(directory, directory, share, existing, Map.of(), log::add);
    }
}
