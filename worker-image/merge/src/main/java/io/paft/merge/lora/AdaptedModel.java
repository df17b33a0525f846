package io.paft.merge.lora;

import io.paft.merge.Json;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.Checkpoint;
import io.paft.merge.checkpoint.Model;
import io.paft.merge.checkpoint.ModelFile;
import io.paft.merge.checkpoint.Weights;
import io.paft.merge.checkpoint.Weights.Adapted;
import io.paft.merge.checkpoint.Weights.Stored;
import io.paft.merge.safetensors.Shape;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A base checkpoint with a LoRA adapter on it, formed on the fly: nothing is merged on disk.
 *
 * <p>Names in the adapter's file: {@code base_model.model.<module>.lora_A.weight} and {@code lora_B.weight},
 * {@code lora_embedding_A} and {@code lora_embedding_B} for embeddings; any other name is a full tensor that replaces
 * the base's (modules_to_save, trained biases, the copy of a targeted embedding).
 */
public final class AdaptedModel implements Model {
    private static final String PREFIX = "base_model.model.";
    /** Both factors of a module are held in memory while it is merged. */
    private static final int LARGEST_FACTOR = 1 << 30;

    private static final String BASE_LAYER = ".base_layer.";

    private final Checkpoint base;
    private final String name;
    private final Checkpoint adapter;
    private final SortedMap<String, Weights> changed;

    private AdaptedModel(Checkpoint base, Checkpoint adapter, String name, SortedMap<String, Weights> changed) {
        this.base = base;
        this.adapter = adapter;
        this.name = name;
        this.changed = changed;
    }

    /**
     * Opens an adapter.
     *
     * @param directory of the adapter
     * @param display what to call the adapter in messages
     * @param base the model that it was trained on
     * @param name what to call the pair
     * @throws MergeException as {@link Checkpoint#open}; ShapeMismatch when the adapter does not fit the base
     */
    public static AdaptedModel open(Path directory, String display, Checkpoint base, String name, Arena arena) {
        Checkpoint weights = Checkpoint.openAdapter(directory, display, arena);
        String file = display + "/adapter_config.json";
        AdapterConfig config =
                AdapterConfig.read(Json.readObject(directory.resolve("adapter_config.json"), file), file);
        return new AdaptedModel(base, weights, name, new Reader(weights, base, config).read());
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Path directory() {
        return base.directory();
    }

    @Override
    public List<ModelFile> files() {
        return Stream.concat(base.files().stream(), adapter.files().stream()).toList();
    }

    @Override
    public Model stored() {
        return base;
    }

    @Override
    public SortedSet<String> tensorNames() {
        SortedSet<String> names = new TreeSet<>(base.tensorNames());
        names.addAll(changed.keySet());
        return Collections.unmodifiableSortedSet(names);
    }

    @Override
    public @Nullable Weights find(String tensor) {
        Weights found = changed.get(tensor);
        return found == null ? base.find(tensor) : found;
    }

    /** One reading of an adapter's tensors. */
    private record Reader(Checkpoint adapter, Checkpoint base, AdapterConfig config) {
        SortedMap<String, Weights> read() {
            Map<String, Stored> first = new HashMap<>();
            Map<String, Stored> second = new HashMap<>();
            SortedMap<String, Weights> found = new TreeMap<>();
            for (String key : adapter.tensorNames()) {
                Stored stored = stored(key);
                String name = key.startsWith(PREFIX) ? key.substring(PREFIX.length()) : key;
                int factor = name.lastIndexOf(".lora_");
                if (factor < 0) {
                    found.put(name.replace(BASE_LAYER, "."), stored);
                    continue;
                }
                switch (name.substring(factor + 1)) {
                    case "lora_A.weight", "lora_embedding_A" -> first.put(name.substring(0, factor), stored);
                    case "lora_B.weight", "lora_embedding_B" -> second.put(name.substring(0, factor), stored);
                    default -> throw invalid(key + " is a part of an adapter that the engine does not know");
                }
            }
            for (String module : new TreeSet<>(first.keySet())) {
                Stored b = second.remove(module);
                if (b == null) {
                    throw invalid("module " + module + " has lora_A but no lora_B");
                }
                Stored a = first.get(module);
                if (a != null) {
                    found.put(module + ".weight", adapted(module, a, b, found.get(module + ".weight")));
                }
            }
            if (!second.isEmpty()) {
                throw invalid("module " + second.keySet().iterator().next() + " has lora_B but no lora_A");
            }
            return found;
        }

        private Adapted adapted(String module, Stored a, Stored b, @Nullable Weights replaced) {
            String tensor = module + ".weight";
            Stored stored = replaced instanceof Stored own ? shared(own, base.find(tensor)) : base.find(tensor);
            if (stored == null) {
                throw mismatch(module, a, b, "there is no " + tensor + " in " + base.name());
            }
            if (!stored.dtype().isArithmetic()) {
                throw invalid("module " + module + " lies on " + tensor + " of " + base.name() + ", which is "
                        + stored.dtype()
                        + ": the base is quantised. Use the checkpoint of full precision that it was made from");
            }
            if (a.shape().rank() != 2
                    || b.shape().rank() != 2
                    || !a.dtype().isArithmetic()
                    || !b.dtype().isArithmetic()) {
                throw invalid(
                        "module " + module + ": only factors of two dimensions in BF16, F16, F32 or F64 can be merged");
            }
            if (a.shape().elements() > LARGEST_FACTOR || b.shape().elements() > LARGEST_FACTOR) {
                throw invalid(
                        "module " + module + ": factors of more than " + LARGEST_FACTOR + " elements cannot be merged");
            }
            if (a.shape().size(0) != b.shape().size(1) || a.shape().size(0) != (long) config.rankOf(module)) {
                throw mismatch(module, a, b, "the rank is " + (long) config.rankOf(module) + " by adapter_config.json");
            }
            Shape plain = Shape.of(b.shape().size(0), a.shape().size(1));
            Shape turned = Shape.of(a.shape().size(1), b.shape().size(0));
            boolean embedding = adapter.find(PREFIX + module + ".lora_embedding_A") != null;
            boolean transposed =
                    embedding || (config.fanInFanOut() && stored.shape().equals(turned));
            if (!stored.shape().equals(transposed ? turned : plain)) {
                throw mismatch(module, a, b, tensor + " of " + base.name() + " has the shape " + stored.shape());
            }
            return new Adapted(stored, new LoraDelta(a, b, config.scaleOf(module), transposed));
        }

        /** The base's own tensor where the adapter only has a copy: of what lies on the base itself the delta is exact. */
        private static Stored shared(Stored own, @Nullable Stored original) {
            return original != null
                            && own.dtype() == original.dtype()
                            && own.shape().equals(original.shape())
                            && own.data().mismatch(original.data()) < 0
                    ? original
                    : own;
        }

        private Stored stored(String key) {
            Stored found = adapter.find(key);
            if (found == null) {
                throw new IllegalStateException(key);
            }
            return found;
        }

        private MergeException mismatch(String module, Stored a, Stored b, String what) {
            return new MergeException(
                    Reason.ShapeMismatch,
                    adapter.name() + ": module " + module + " has lora_A of shape " + a.shape()
                            + " and lora_B of shape " + b.shape() + ", but " + what + ".");
        }

        private MergeException invalid(String what) {
            return new MergeException(
                    Reason.ModelInvalid, adapter.name() + "/adapter_model.safetensors, offset 8: " + what + ".");
        }
    }
}
