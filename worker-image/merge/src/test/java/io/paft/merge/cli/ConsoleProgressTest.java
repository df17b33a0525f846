package io.paft.merge.cli;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.toy;
import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.engine.MergePlan;
import io.paft.merge.engine.ModelSet;
import io.paft.merge.engine.Planner;
import io.paft.merge.recipe.RecipeReader;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConsoleProgressTest {
    @TempDir
    Path root;

    /** A resumed merge begins where the one before ended; what is kept says nothing about the speed. */
    @Test
    void keptTensorsAreDoneButNotFast() throws InterruptedException {
        checkpoint(root.resolve("a"), toy(1, 0.02));
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try (ModelSet models = new ModelSet(root)) {
            MergePlan plan = Planner.plan(
                    RecipeReader.read("{merge_method: linear, models: [{model: a, parameters: {weight: 1}}]}", "r"),
                    models);
            ConsoleProgress progress =
                    new ConsoleProgress(plan, new PrintStream(printed, true, StandardCharsets.UTF_8), true);
            progress.kept(3, 320);
            Thread.sleep(110);
            progress.bytes(16);
            progress.tensor();
        }
        String text = printed.toString(StandardCharsets.UTF_8);
        assertThat(text).contains("] 4 of 4 tensors, 336 B of 336 B, ").contains("[##############################]");
        assertThat(text).containsPattern(" (1[0-4]\\d|\\d\\d) B/s, 0 s left");
    }
}
