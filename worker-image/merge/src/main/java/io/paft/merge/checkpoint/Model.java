package io.paft.merge.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/** A model to read: named tensors and a directory with its configuration and tokenizer. */
public interface Model {
    /** What to call it in messages and reports. */
    String name();

    /** The directory that has config.json and the tokenizer of the full model. */
    Path directory();

    /** The files that its tensors are read from. */
    List<ModelFile> files();

    /** The full checkpoint that lies in {@link #directory}; without what an adapter changes or adds. */
    default Model stored() {
        return this;
    }

    /** Names of all tensors. */
    SortedSet<String> tensorNames();

    /** The tensor of this name; null when there is none. */
    @Nullable
    Weights find(String tensor);

    /** The name under which the model itself has this tensor; another one where only a part of it is seen. */
    default String original(String tensor) {
        return tensor;
    }

    /** Its config.json. Throws ModelInvalid when that is not a JSON object. */
    default ObjectNode config() {
        return Json.readObject(directory().resolve("config.json"), name() + "/config.json");
    }
}
