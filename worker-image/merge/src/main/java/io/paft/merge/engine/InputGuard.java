package io.paft.merge.engine;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.ModelFile;
import io.paft.merge.files.FileState;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Watches that nobody writes to the files of the inputs while they are read. */
final class InputGuard {
    private static final String ADVICE = " Restore it, keep the models unchanged, and merge again.";

    private final Map<ModelFile, FileState> before = new LinkedHashMap<>();

    /** Of files that have been opened a moment ago. */
    InputGuard(Collection<ModelFile> files) throws IOException {
        for (ModelFile file : files) {
            before.put(file, FileState.of(file.path()));
        }
    }

    /**
     * Looks at every file.
     *
     * @throws MergeException ModelInvalid with the first that somebody has changed
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
        return before.entrySet().stream()
                .map(file -> change(file.getKey(), file.getValue()))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Optional<String> change(ModelFile file, FileState before) {
        FileState now;
        try {
            now = FileState.of(file.path());
        } catch (IOException e) {
            return Optional.of(file.display() + " was removed while it was read (" + e + ").");
        }
        if (now.size() != file.size()) {
            return Optional.of(file.display() + ", offset " + Math.min(now.size(), file.size()) + ": the file had "
                    + file.size() + " bytes when the merge began and has " + now.size() + " now." + ADVICE);
        }
        return now.equals(before)
                ? Optional.empty()
                : Optional.of(
                        file.display() + " was written to at " + now.modified() + ", while it was read." + ADVICE);
    }
}
