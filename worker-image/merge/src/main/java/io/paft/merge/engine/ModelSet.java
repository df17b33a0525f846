package io.paft.merge.engine;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.Checkpoint;
import io.paft.merge.checkpoint.Model;
import io.paft.merge.checkpoint.ModelFile;
import io.paft.merge.lora.AdaptedModel;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Opens models by reference, each checkpoint once. Closing it unmaps them all. */
public final class ModelSet implements AutoCloseable {
    private static final Pattern HUB_NAME = Pattern.compile("[\\w.-]+/[\\w.-]+");

    private final Arena arena = Arena.ofShared();
    private final Path root;
    private final Map<Path, Checkpoint> checkpoints = new HashMap<>();
    private final Map<String, Model> models = new HashMap<>();

    /** A set in which relative references start at {@code root}. */
    public ModelSet(Path root) {
        this.root = root;
    }

    /**
     * Opens a model.
     *
     * @param reference a directory, or {@code base+adapter}
     * @throws MergeException ModelNotFound, ModelInvalid, UnsafeFormat, ShapeMismatch
     */
    public Model open(String reference) {
        Model known = models.get(reference);
        if (known == null) {
            known = openNew(reference);
            models.put(reference, known);
        }
        return known;
    }

    /** The files of all models opened, each once, by the names that messages use. */
    public SortedMap<String, ModelFile> files() {
        SortedMap<String, ModelFile> files = new TreeMap<>();
        models.values().forEach(model -> model.files().forEach(file -> files.put(file.display(), file)));
        return files;
    }

    private Model openNew(String reference) {
        int plus = reference.lastIndexOf('+');
        if (plus <= 0 || Files.isDirectory(resolve(reference))) {
            return checkpoint(reference);
        }
        String adapter = reference.substring(plus + 1);
        Checkpoint base = checkpoint(reference.substring(0, plus));
        return AdaptedModel.open(directory(adapter), adapter, base, reference, arena);
    }

    private Checkpoint checkpoint(String reference) {
        Path directory = directory(reference);
        Checkpoint known = checkpoints.get(directory);
        if (known == null) {
            known = Checkpoint.open(directory, reference, arena);
            checkpoints.put(directory, known);
        }
        return known;
    }

    private Path directory(String reference) {
        Path path = resolve(reference);
        if (!Files.isDirectory(path)) {
            throw notFound(reference);
        }
        return path;
    }

    private Path resolve(String reference) {
        try {
            return root.resolve(reference).normalize();
        } catch (InvalidPathException e) {
            throw notFound(reference);
        }
    }

    private static MergeException notFound(String reference) {
        int at = reference.lastIndexOf('@');
        String what = at > 0
                ? "revisions are not looked up: write " + reference.substring(0, at)
                        + ", a local directory that has the revision " + reference.substring(at + 1)
                : "there is no such directory. A model is a local directory, or BASE+ADAPTER; names of a hub are not downloaded"
                        + (HUB_NAME.matcher(reference).matches()
                                ? ": download it first (hf download " + reference + " --local-dir DIRECTORY)"
                                : "");
        return new MergeException(Reason.ModelNotFound, reference + ": " + what + ".");
    }

    @Override
    public void close() {
        arena.close();
    }
}
