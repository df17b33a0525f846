package io.paft.merge.stage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.files.Listing;
import java.nio.file.Files;
import java.nio.file.Path;
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
     * The directory of the model in this input: the path itself for data from outside, {@code content/} of a fetch stage,
     * {@code model/} of any other.
     *
     * @throws MergeException ModelNotFound when the stage's output is not complete
     */
    Path model() {
        if (isExternal()) {
            return path;
        }
        if (!Files.isRegularFile(path.resolve(Listing.MANIFEST))) {
            throw new MergeException(
                    Reason.ModelNotFound,
                    name() + " is not there (no manifest.json in " + path
                            + "): it was removed. Set rerun on that stage.");
        }
        Path kind = path.getParent();
        boolean fetched = kind != null && kind.endsWith("fetch");
        return path.resolve(fetched ? "content" : "model");
    }
}
