package io.paft.merge.engine;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.toy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.journal.Interrupted;
import io.paft.merge.recipe.RecipeReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to the files of the inputs between the first tensor and the others. */
class InputGuardTest {
    @TempDir
    Path root;

    private Path file;

    @BeforeEach
    void models() throws IOException {
        checkpoint(root.resolve("base"), toy(1, 0.02));
        checkpoint(root.resolve("sft"), toy(2, 0.02));
        file = root.resolve("sft/model.safetensors");
        // Long ago, so that a clock of coarse ticks tells any write from this one.
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000_000_000L));
    }

    @Test
    void anInputThatIsOverwrittenInPlaceIsNamed() {
        assertThatThrownBy(() -> merge(() -> {
                    byte[] bytes = Files.readAllBytes(file);
                    bytes[bytes.length - 1] ^= 1;
                    Files.write(file, bytes);
                }))
                .isInstanceOfSatisfying(MergeException.class, e -> {
                    assertThat(e.reason()).isEqualTo(Reason.ModelInvalid);
                    assertThat(e.sentence())
                            .startsWith(
                                    "sft/model.safetensors was written to while it was read: it was last modified at "
                                            + "2001-09-09T01:46:40Z when the merge began");
                });
        assertThat(root.resolve("out/model.safetensors")).doesNotExist();
    }

    @Test
    void anotherNameOfAnInputAndReadingItAreNoChange() {
        merge(() -> {
            Files.createLink(root.resolve("another"), file);
            Files.readAllBytes(file);
            Files.setPosixFilePermissions(file, java.util.Set.of());
        });
        assertThat(root.resolve("out/model.safetensors")).exists();
    }

    private interface Happening {
        void run() throws IOException;
    }

    private void merge(Happening happening) {
        String recipe =
                "{merge_method: task_arithmetic, base_model: base, parameters: {weight: 1}, models: [{model: sft}]}";
        Progress progress = Interrupted.after(1, () -> {
            try {
                happening.run();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        try {
            new MergeJob(
                            RecipeReader.read(recipe, "recipe"),
                            root,
                            new Engine(new Engine.Options(1, 1L << 30, 1L << 30)))
                    .run(Files.createDirectories(root.resolve("out")), plan -> progress);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
