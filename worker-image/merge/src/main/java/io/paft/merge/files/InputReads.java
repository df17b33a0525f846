package io.paft.merge.files;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads of what a program is given: where one is not allowed the input is at fault, not the workspace as with a write. */
public final class InputReads {
    private InputReads() {}

    /** A read of one or more files. */
    @FunctionalInterface
    public interface Read<T> {
        T run() throws IOException;
    }

    /**
     * Does it.
     *
     * @throws MergeException ModelNotFound with the file or directory that may not be read
     * @throws IOException whatever else the read throws
     */
    public static <T> T of(Read<T> read) throws IOException {
        try {
            return read.run();
        } catch (AccessDeniedException e) {
            throw denied(e);
        } catch (UncheckedIOException e) {
            // What a walk through directories throws.
            throw e.getCause() instanceof AccessDeniedException denied ? denied(denied) : e;
        }
    }

    /**
     * Looks whether every file below a directory may be read, without reading it.
     *
     * @throws MergeException as {@link #of}
     */
    public static void check(Path directory) throws IOException {
        for (Path file : of(() -> FileTree.files(directory))) {
            if (!Files.isReadable(file)) {
                throw denied(new AccessDeniedException(file.toString()));
            }
        }
    }

    private static MergeException denied(AccessDeniedException error) {
        return new MergeException(Reason.ModelNotFound, error.getFile() + " cannot be read by this user.", error);
    }
}
