package io.paft.merge.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The files of a model directory that hold its weights.
 *
 * @param files their names, which lie in the directory itself
 * @param index tensor to file, as the index says; null when there is none
 */
record WeightFiles(List<String> files, @Nullable Map<String, String> index) {
    static final String SINGLE = "model.safetensors";
    static final String INDEX = "model.safetensors.index.json";
    static final String ADAPTER = "adapter_model.safetensors";
    private static final Set<String> PICKLES = Set.of("bin", "pt", "pth", "pkl", "ckpt", "pickle", "h5", "msgpack");

    /**
     * Finds the weights of a full checkpoint.
     *
     * @throws MergeException ModelNotFound, UnsafeFormat when there are only pickles, ModelInvalid for a bad index
     */
    static WeightFiles ofCheckpoint(Path directory, String display) {
        Set<String> names = list(directory, display);
        if (names.contains(SINGLE)) {
            return new WeightFiles(List.of(SINGLE), null);
        }
        if (names.contains(INDEX)) {
            return sharded(directory, display, names);
        }
        refusePickles(names, display);
        if (names.contains(ADAPTER) || names.contains("adapter_config.json")) {
            throw new MergeException(
                    Reason.ModelInvalid,
                    display + " is a PEFT adapter, not a full checkpoint: write it as BASE+" + display + ".");
        }
        throw new MergeException(Reason.ModelNotFound, display + " has no " + SINGLE + " and no " + INDEX + ".");
    }

    /** Finds the weights of an adapter; throws as {@link #ofCheckpoint}. */
    static WeightFiles ofAdapter(Path directory, String display) {
        Set<String> names = list(directory, display);
        if (names.contains(ADAPTER)) {
            return new WeightFiles(List.of(ADAPTER), null);
        }
        refusePickles(names, display);
        throw new MergeException(Reason.ModelNotFound, display + " has no " + ADAPTER + ".");
    }

    private static void refusePickles(Set<String> names, String display) {
        for (String name : names) {
            if (PICKLES.contains(name.substring(name.lastIndexOf('.') + 1)) && !name.equals("training_args.bin")) {
                throw new MergeException(
                        Reason.UnsafeFormat,
                        display + ": the weights are " + name
                                + ", a format that can run code when it is loaded. Convert them to safetensors.");
            }
        }
    }

    private static Set<String> list(Path directory, String display) {
        if (!Files.isDirectory(directory)) {
            throw new MergeException(
                    Reason.ModelNotFound,
                    display + ": there is no such directory. A model is a local directory, or BASE+ADAPTER.");
        }
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(path -> String.valueOf(path.getFileName()))
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new MergeException(Reason.ModelNotFound, display + " cannot be read by this user: " + e + ".", e);
        }
    }

    private static WeightFiles sharded(Path directory, String display, Set<String> names) {
        String where = display + "/" + INDEX;
        ObjectNode root = Json.readObject(directory.resolve(INDEX), where);
        JsonNode map = root.path("weight_map");
        if (!map.isObject() || map.isEmpty()) {
            throw new MergeException(Reason.ModelInvalid, where + ", offset 0: no weight_map.");
        }
        Map<String, String> index = new TreeMap<>();
        for (Map.Entry<String, JsonNode> entry : map.properties()) {
            String file = entry.getValue().asText();
            if (!entry.getValue().isTextual() || !isPlainName(file)) {
                throw new MergeException(
                        Reason.ModelInvalid,
                        where + ", offset 0: tensor " + entry.getKey() + " is said to be in " + entry.getValue()
                                + ", which is not the name of a file in this directory.");
            }
            if (!names.contains(file)) {
                throw new MergeException(Reason.ModelInvalid, where + ", offset 0: the shard " + file + " is missing.");
            }
            index.put(entry.getKey(), file);
        }
        return new WeightFiles(index.values().stream().distinct().sorted().toList(), index);
    }

    /** An index must not lead out of its directory. */
    private static boolean isPlainName(String file) {
        return file.endsWith(".safetensors")
                && file.indexOf('/') < 0
                && file.indexOf('\\') < 0
                && file.indexOf('\0') < 0;
    }
}
