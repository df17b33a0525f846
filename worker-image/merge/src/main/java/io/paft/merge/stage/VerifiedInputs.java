package io.paft.merge.stage;

import io.paft.merge.files.FileState;
import io.paft.merge.files.FileTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The inputs of a stage. Those that other stages made are compared with their manifests before they are read, and where one
 * was touched since then, again; of data from outside it is looked whether it may be read.
 */
final class VerifiedInputs {
    private final Map<StageInput, Map<Path, FileState>> seen = new LinkedHashMap<>();

    /**
     * Looks at all of them.
     *
     * @throws io.paft.merge.MergeException as {@link StageInput#verify}
     * @throws IOException when a file cannot be read
     */
    VerifiedInputs(Collection<StageInput> inputs) throws IOException {
        for (StageInput input : inputs) {
            if (!input.isExternal()) {
                seen.put(input, states(input.path()));
            }
            input.verify();
        }
    }

    /** Once they have been read: throws as the constructor when one was damaged meanwhile. */
    void confirm() throws IOException {
        for (var input : seen.entrySet()) {
            if (!states(input.getKey().path()).equals(input.getValue())) {
                input.getKey().verify();
            }
        }
    }

    /** What cannot be looked at looks like nothing: the comparison itself says what is wrong with it. */
    private static Map<Path, FileState> states(Path directory) {
        Map<Path, FileState> states = new LinkedHashMap<>();
        try {
            for (Path file : FileTree.files(directory)) {
                states.put(file, FileState.of(file));
            }
        } catch (IOException | UncheckedIOException e) {
            return Map.of();
        }
        return states;
    }
}
