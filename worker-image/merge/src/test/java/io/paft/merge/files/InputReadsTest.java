package io.paft.merge.files;

import static io.paft.merge.TestModels.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paft.merge.Failures;
import io.paft.merge.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InputReadsTest {
    @TempDir
    Path root;

    @Test
    void whatMayNotBeReadIsTheInputsFault() {
        assertDenied(() -> {
            throw new AccessDeniedException("sft/tokenizer.json");
        });
        assertDenied(() -> {
            throw new UncheckedIOException(new AccessDeniedException("sft/tokenizer.json"));
        });
    }

    @Test
    void otherFailuresStayWhatTheyAre() throws IOException {
        assertThatThrownBy(() -> InputReads.of(() -> Files.readString(root.resolve("absent"))))
                .isInstanceOf(NoSuchFileException.class);
        write(root.resolve("there"), "x");
        assertThat(InputReads.of(() -> Files.readString(root.resolve("there")))).isEqualTo("x");
        InputReads.check(root);
    }

    private static void assertDenied(InputReads.Read<String> read) {
        assertThatThrownBy(() -> InputReads.of(read)).satisfies(error -> {
            assertThat(Failures.classify(error).reason()).isEqualTo(Reason.ModelNotFound);
            assertThat(Failures.classify(error).sentence())
                    .isEqualTo("sft/tokenizer.json cannot be read by this user.");
        });
    }
}
