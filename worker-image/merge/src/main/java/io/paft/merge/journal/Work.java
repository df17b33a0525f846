package io.paft.merge.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Where and how a merge works.
 *
 * @param directory gets the journal; it exists
 * @param model gets the weights and what belongs beside them: the directory, or one in it
 * @param share the shards to merge
 * @param existing what to do with shards that are finished already
 * @param files to write beside the weights, by name
 * @param log gets lines for a person
 */
public record Work(
        Path directory, Path model, Share share, Existing existing, Map<String, byte[]> files, Consumer<String> log) {
    public Work {
        files = Map.copyOf(files);
    }

    /** What to do with finished shards. */
    public enum Existing {
        /** There must be none. */
        REFUSE,
        /** Keep them; refuse when they are of another merge. */
        RESUME,
        /** Keep them; begin again when they are of another merge. */
        RESUME_OR_BEGIN
    }

    /** All of a merge, in an empty directory. */
    public static Work in(Path directory) {
        return new Work(directory, directory, Share.WHOLE, Existing.REFUSE, Map.of(), line -> {});
    }

    /**
     * The number of shards that are finished, intact or not.
     *
     * @throws IOException when the journal cannot be read
     */
    public int finished() throws IOException {
        return journal().shards().size();
    }

    Journal journal() {
        return Journal.of(directory, share);
    }
}
