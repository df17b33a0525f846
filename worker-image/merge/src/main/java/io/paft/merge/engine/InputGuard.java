package io.paft.merge.engine;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.ModelFile;
import io.paft.merge.files.FileState;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Watches that nobody writes to the files of the inputs after they were opened. */
final class InputGuard {
    private final List<ModelFile> files;

    InputGuard(Collection<ModelFile> files) {
        this.files = List.copyOf(files);
    }

    /**
     * Looks at every file.
     *
     * @throws MergeException ModelInvalid with the first that has another size or was written to
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
        FileState now;
        try {
            now = FileState.of(file.path());
        } catch (IOException e) {
            return Optional.of(file.display() + " was removed while it was read (" + e + ").");
        }
        String advice = ". Restore it, keep the models unchanged, and merge again.";
        if (now.size() != file.size()) {
            return Optional.of(file.display() + ", offset " + Math.min(now.size(), file.size()) + ": the file had "
                    + file.size() + " bytes when the merge began and has " + now.size() + " now" + advice);
        }
        return now.equals(file.state())
                ? Optional.empty()
                : Optional.of(file.display() + " was written to while it was read: it was last modified at "
                        + file.state().modified() + " when the merge began, and at " + now.modified() + " now"
                        + advice);
    }
}
