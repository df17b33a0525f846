package io.paft.merge.checkpoint;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.Weights.Stored;
import io.paft.merge.safetensors.SafetensorsFile;
import io.paft.merge.safetensors.TensorInfo;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A directory with weights in one or more safetensors files, mapped into memory. Every header is checked when it opens;
 * reading tensors is thread-safe.
 */
public final class Checkpoint implements Model {
    private final Path directory;
    private final String name;
    private final SortedMap<String, Stored> tensors = new TreeMap<>();
    private final List<ModelFile> files = new ArrayList<>();

    private Checkpoint(Path directory, String name) {
        this.directory = directory;
        this.name = name;
    }

    /**
     * Opens a full checkpoint.
     *
     * @param directory where it lies
     * @param name what to call it in messages
     * @param arena how long its memory maps live
     * @throws MergeException ModelNotFound, ModelInvalid (with file, offset and reason), UnsafeFormat
     */
    public static Checkpoint open(Path directory, String name, Arena arena) {
        WeightFiles files = WeightFiles.ofCheckpoint(directory, name);
        if (!Files.isRegularFile(directory.resolve("config.json"))) {
            throw new MergeException(Reason.ModelNotFound, name + ": no config.json beside the weights.");
        }
        return new Checkpoint(directory, name).read(files, arena);
    }

    /** Opens the weights of a PEFT adapter under the names that its file has; throws as {@link #open}. */
    public static Checkpoint openAdapter(Path directory, String name, Arena arena) {
        return new Checkpoint(directory, name).read(WeightFiles.ofAdapter(directory, name), arena);
    }

    private Checkpoint read(WeightFiles weights, Arena arena) {
        for (String file : weights.files()) {
            String display = name + "/" + file;
            SafetensorsFile opened = SafetensorsFile.open(directory.resolve(file), display, arena);
            files.add(new ModelFile(directory.resolve(file), display, opened.header(), opened.state()));
            for (TensorInfo info : opened.header().tensors()) {
                checkIndex(weights.index(), info.name(), file, display);
                String origin = display + ": " + info.name();
                tensors.put(info.name(), new Stored(origin, opened.segment(info), info.dtype(), info.shape()));
            }
        }
        if (weights.index() != null) {
            for (Map.Entry<String, String> entry : weights.index().entrySet()) {
                if (!tensors.containsKey(entry.getKey())) {
                    throw new MergeException(
                            Reason.ModelInvalid,
                            name + "/" + entry.getValue() + ", offset 8: lacks the tensor " + entry.getKey()
                                    + " that the index says it has.");
                }
            }
        }
        return this;
    }

    private static void checkIndex(@Nullable Map<String, String> index, String tensor, String file, String display) {
        if (index != null && !file.equals(index.get(tensor))) {
            throw new MergeException(
                    Reason.ModelInvalid,
                    display + ", offset 8: has the tensor " + tensor + ", which the index says is in "
                            + index.get(tensor) + ".");
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Path directory() {
        return directory;
    }

    @Override
    public List<ModelFile> files() {
        return List.copyOf(files);
    }

    @Override
    public SortedSet<String> tensorNames() {
        return Collections.unmodifiableSortedSet(new TreeSet<>(tensors.keySet()));
    }

    @Override
    public @Nullable Stored find(String tensor) {
        return tensors.get(tensor);
    }
}
