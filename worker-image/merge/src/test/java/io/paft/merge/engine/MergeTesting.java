package io.paft.merge.engine;

import io.paft.merge.checkpoint.Checkpoint;
import io.paft.merge.checkpoint.Weights.Stored;
import io.paft.merge.recipe.RecipeReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;

/** Runs merges and reads what came out. */
public final class MergeTesting {
    private MergeTesting() {}

    /** Merges into a new directory. */
    public static MergeJob.Outcome merge(Path root, String recipe, Path output, int threads) {
        return merge(root, recipe, output, new Engine.Options(threads, 1L << 30, Engine.Options.SHARD_SIZE));
    }

    /** Merges into a new directory. */
    public static MergeJob.Outcome merge(Path root, String recipe, Path output, Engine.Options options) {
        try {
            Files.createDirectories(output);
            return new MergeJob(RecipeReader.read(recipe, "recipe"), root, new Engine(options))
                    .run(output, plan -> SilentProgress.NONE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The values of a tensor of a checkpoint. */
    public static float[] values(Path directory, String tensor) {
        try (Arena arena = Arena.ofConfined()) {
            Stored stored =
                    Checkpoint.open(directory, directory.toString(), arena).find(tensor);
            if (stored == null) {
                throw new AssertionError("no tensor " + tensor + " in " + directory);
            }
            float[] values = new float[Math.toIntExact(stored.shape().elements())];
            stored.read(0, values.length, values);
            return values;
        }
    }
}
