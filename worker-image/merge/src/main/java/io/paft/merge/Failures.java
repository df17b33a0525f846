package io.paft.merge;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.ReadOnlyFileSystemException;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/** What any exception means in the words of the stage contract. */
public final class Failures {
    private Failures() {}

    /** The exception as a {@link MergeException}, looking through its causes; the first known one wins. */
    public static MergeException classify(Throwable error) {
        for (Throwable link = error; link != null; link = next(link)) {
            MergeException found = classifyOne(link);
            if (found != null) {
                return found;
            }
        }
        Throwable root = root(error);
        String text = root.getMessage();
        String name = root.getClass().getSimpleName();
        return new MergeException(Reason.InternalError, text == null ? name : name + ": " + text, error);
    }

    private static @Nullable MergeException classifyOne(Throwable error) {
        return switch (error) {
            case MergeException known -> known;
            case OutOfMemoryError memory ->
                new MergeException(
                        Reason.OutOfMemory,
                        "out of memory (" + memory.getMessage()
                                + "): raise the pod's memory limit, or use fewer threads.",
                        memory);
            case InternalError fault
            when isMapFault(fault) ->
                new MergeException(
                        Reason.ModelInvalid,
                        "an input file became shorter while it was read: keep the models unchanged during a merge.",
                        fault);
            case AccessDeniedException denied -> readOnly(denied, denied.getFile());
            case ReadOnlyFileSystemException readOnly -> readOnly(readOnly, "the file system");
            case IOException io -> classifyIo(io);
            default -> null;
        };
    }

    private static @Nullable MergeException classifyIo(IOException error) {
        String text = String.valueOf(error.getMessage()).toLowerCase(Locale.ROOT);
        String where = error instanceof FileSystemException fs && fs.getFile() != null ? " (" + fs.getFile() + ")" : "";
        if (text.contains("no space left") || text.contains("quota exceeded")) {
            return new MergeException(
                    Reason.WorkspaceFull,
                    "no space left on the device" + where + ": make room or enlarge the volume.",
                    error);
        }
        if (text.contains("file too large")) {
            return new MergeException(
                    Reason.InvalidParameter,
                    "the file system does not take files of this size" + where + ": give a smaller --shard-size.",
                    error);
        }
        if (text.contains("read-only file system") || text.contains("permission denied")) {
            return readOnly(error, where);
        }
        return null;
    }

    private static MergeException readOnly(Throwable error, @Nullable String where) {
        return new MergeException(
                Reason.WorkspaceReadOnly,
                where + " cannot be written by this user: check the volume's access mode and the pod's fsGroup.",
                error);
    }

    /** HotSpot's answer to a SIGBUS inside a memory map: the file was truncated or its disk failed. */
    private static boolean isMapFault(InternalError fault) {
        return String.valueOf(fault.getMessage()).contains("unsafe memory access");
    }

    /** What an InternalError while a tensor was read means: a fault of a map with the tensor's name, else the error itself. */
    public static MergeException mapFault(InternalError error, String tensor) {
        if (!isMapFault(error)) {
            throw error;
        }
        return new MergeException(
                Reason.ModelInvalid,
                "tensor " + tensor
                        + " could not be read: a file of the models became shorter while it was read, or its disk failed.",
                error);
    }

    private static @Nullable Throwable next(Throwable error) {
        return error.getCause() == error ? null : error.getCause();
    }

    private static Throwable root(Throwable error) {
        Throwable current = error;
        while ((current instanceof UncheckedIOException || current instanceof ExecutionException)
                && current.getCause() != null) {
            current = current.getCause();
        }
        return current;
    }
}
