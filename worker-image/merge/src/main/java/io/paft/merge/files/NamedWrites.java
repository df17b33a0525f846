package io.paft.merge.files;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes files so that a failure says which one it was: "No space left on device", as it is thrown, does not. */
public final class NamedWrites {
    private NamedWrites() {}

    /** Writes a file, or writes it again. */
    public static void write(Path file, byte[] content) throws IOException {
        try {
            Files.write(file, content);
        } catch (IOException e) {
            throw named(file, e);
        }
    }

    /** Writes a file of text in UTF-8. */
    public static void write(Path file, String content) throws IOException {
        write(file, content.getBytes(StandardCharsets.UTF_8));
    }

    /** Copies the content of an input alone: a source that is read-only must not make the copy so. */
    public static void copy(Path from, Path to) throws IOException {
        try (InputStream in = InputReads.of(() -> Files.newInputStream(from));
                OutputStream out = Files.newOutputStream(to)) {
            in.transferTo(out);
        } catch (IOException e) {
            throw named(to, e);
        }
    }

    /** The same failure with the file's name, unless it has one. */
    public static IOException named(Path file, IOException error) {
        return error instanceof FileSystemException || error instanceof ClosedChannelException
                ? error
                : (IOException) new FileSystemException(file.toString(), null, error.getMessage()).initCause(error);
    }
}
