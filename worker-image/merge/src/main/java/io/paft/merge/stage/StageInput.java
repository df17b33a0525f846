package io.paft.merge.stage;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.files.InputReads;
import io.paft.merge.files.Listing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One input of a stage.
 *
 * @param path absolute
 * @param uri of data from outside; null for another stage's output
 * @param stage the name of the stage that it comes from; null for data from outside
 * @param asked the input as the stage document has it
 */
record StageInput(Path path, @Nullable String uri, @Nullable String stage, ObjectNode asked) {
    /** How to call it in a message. */
    String name() {
        return uri != null ? uri : "the output of stage " + stage;
    }

    /** True for data from outside the graph. */
    boolean isExternal() {
        return stage == null;
    }

    /**
     * Compares the output of another stage with its manifest: what lay there since it was written may have been damaged, and a
     * bit that flipped in a weight shows in no header. Of data from outside only that it may be read, because its digest is
     * taken at the very end.
     *
     * @throws MergeException ModelNotFound when it is not complete or may not be read, ModelInvalid when it is not what was
     *     written
     * @throws IOException when a file cannot be read
     */
    void verify() throws IOException {
        if (isExternal()) {
            if (Files.exists(path)) {
                InputReads.check(path);
            }
            return;
        }
        Optional<String> problem;
        try {
            problem = InputReads.of(() -> Listing.problem(path, Json.MAPPER.readTree(Files.readAllBytes(manifest()))));
        } catch (JsonProcessingException e) {
            problem = Optional.of("manifest.json cannot be read: " + e.getOriginalMessage());
        }
        if (problem.isPresent()) {
            throw new MergeException(
                    Reason.ModelInvalid,
                    name() + " is damaged (" + problem.get() + " in " + path + "). Set rerun on that stage.");
        }
    }

    /**
     * The directory of the model in this input: the path itself for data from outside, {@code content/} of a fetch stage,
     * {@code model/} of any other.
     *
     * @throws MergeException ModelNotFound when the stage's output is not complete
     */
    Path model() {
        if (isExternal()) {
            return path;
        }
        manifest();
        Path kind = path.getParent();
        boolean fetched = kind != null && kind.endsWith("fetch");
        return path.resolve(fetched ? "content" : "model");
    }

    private Path manifest() {
        Path manifest = path.resolve(Listing.MANIFEST);
        if (!Files.isRegularFile(manifest)) {
            throw new MergeException(
                    Reason.ModelNotFound,
                    name() + " is not there (no manifest.json in " + path
                            + "): it was removed. Set rerun on that stage.");
        }
        return manifest;
    }
}
