package io.paft.merge.checkpoint;

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

    /** Names of all tensors. */
    SortedSet<String> tensorNames();

    /** The tensor of this name; null when there is none. */
    @Nullable
    Weights find(String tensor);
}
