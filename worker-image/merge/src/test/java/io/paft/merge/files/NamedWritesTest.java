package io.paft.merge.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paft.merge.Failures;
import io.paft.merge.MergeException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NamedWritesTest {
    /** The kernel's own device that is always full. */
    private static final Path FULL = Path.of("/dev/full");

    @TempDir
    Path root;

    @Test
    void aFullDiskIsNamedWithTheFile() throws IOException {
        Path source = Files.writeString(root.resolve("tokenizer.json"), "{}");
        assertThatThrownBy(() -> NamedWrites.write(FULL, new byte[1]))
                .isInstanceOf(FileSystemException.class)
                .hasMessage("/dev/full: No space left on device");
        assertThatThrownBy(() -> NamedWrites.write(FULL, "x")).hasMessageStartingWith("/dev/full: ");
        assertThatThrownBy(() -> NamedWrites.copy(source, FULL)).hasMessageStartingWith("/dev/full: ");
    }

    @Test
    void whatIsToldSaysWhichFile() {
        IOException full = NamedWrites.named(Path.of("out/config.json"), new IOException("No space left on device"));
        assertThat(Failures.classify(full))
                .extracting(MergeException::getMessage)
                .asString()
                .contains("no space left on the device (out/config.json): make room");
    }

    @Test
    void whatHasANameKeepsIt() {
        IOException missing = new NoSuchFileException("in");
        IOException closed = new ClosedChannelException();
        assertThat(NamedWrites.named(Path.of("out"), missing)).isSameAs(missing);
        assertThat(NamedWrites.named(Path.of("out"), closed)).isSameAs(closed);
    }
}
