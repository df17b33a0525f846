package io.paft.merge.engine;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Watches that the files of the inputs stay as long as they were when they were opened. */
final class InputGuard {
    private final List<ModelFile> files;

    InputGuard(Collection<ModelFile> files) {
        this.files = List.copyOf(files);
    }

    /**
     * Looks at every file.
     *
     * @throws MergeException ModelInvalid with the first whose size is another now
     */
    void check() {
        change().ifPresent(change -> {
            throw new MergeException(Reason.ModelInvalid, change);
        });
    }

    /**
     * What a failed read of a map means.
     *
     * @param failure names the tensor
     * @return the same with the file that became shorter, when one did
     */
    MergeException explain(MergeException failure) {
        return change().map(change ->
                        new MergeException(Reason.ModelInvalid, failure.sentence() + " " + change, failure.getCause()))
                .orElse(failure);
    }

    private Optional<String> change() {
        return files.stream().map(InputGuard::change).flatMap(Optional::stream).findFirst();
    }

    private static Optional<String> change(ModelFile file) {
        long size;
        try {
            size = Files.size(file.path());
        } catch (IOException e) {
            return Optional.of(file.display() + " was removed while it was read (" + e + ").");
        }
        return size == file.size()
                ? Optional.empty()
                : Optional.of(file.display() + ", offset " + Math.min(size, file.size()) + ": the file had "
                        + file.size() + " bytes when the merge began and has " + size
                        + " now. Restore it, keep the models unchanged, and merge again.");
    }
}
