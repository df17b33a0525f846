package io.paft.merge.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.safetensors.Dtype;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The files of a checkpoint beside its weights: configuration, tokenizer, chat template. Never code. */
public final class SideFiles {
    private static final Set<String> NAMES = Set.of(
            "generation_config.json",
            "tokenizer.json",
            "tokenizer_config.json",
            "special_tokens_map.json",
            "added_tokens.json",
            "vocab.json",
            "vocab.txt",
            "merges.txt",
            "chat_template.jinja",
            "chat_template.json",
            "preprocessor_config.json",
            "processor_config.json");
    private static final Pattern PATTERNS =
            Pattern.compile(".*\\.(?:model|tiktoken)|LICENSE.*|additional_chat_templates");

    private SideFiles() {}

    /**
     * Copies them, and writes config.json with the type of the new weights.
     *
     * @param source a full checkpoint
     * @param display what to call it in messages
     * @param target the new checkpoint
     * @param dtype of its weights
     * @param untied the new weights have an lm_head of their own
     * @return the names of what was written, relative to {@code target}
     * @throws IOException when a file cannot be read or written
     */
    public static List<String> copy(Path source, String display, Path target, Dtype dtype, boolean untied)
            throws IOException {
        List<String> written = new ArrayList<>();
        ObjectNode config = Json.readObject(source.resolve("config.json"), display + "/config.json");
        if (config.has("torch_dtype")) {
            config.put("torch_dtype", dtype.torchName());
        }
        if (config.has("dtype") || !config.has("torch_dtype")) {
            config.put("dtype", dtype.torchName());
        }
        if (untied) {
            config.put("tie_word_embeddings", false);
        }
        Files.write(target.resolve("config.json"), Json.pretty(config));
        written.add("config.json");
        for (Path file : list(source)) {
            String name = String.valueOf(file.getFileName());
            if (!NAMES.contains(name) && !PATTERNS.matcher(name).matches()) {
                continue;
            }
            if (Files.isRegularFile(file)) {
                copyFile(file, target.resolve(name));
                written.add(name);
            } else if (Files.isDirectory(file)) {
                Files.createDirectories(target.resolve(name));
                for (Path inner : list(file)) {
                    if (Files.isRegularFile(inner)) {
                        copyFile(inner, target.resolve(name).resolve(String.valueOf(inner.getFileName())));
                        written.add(name + "/" + inner.getFileName());
                    }
                }
            }
        }
        return written;
    }

    /** The content alone: a source that is read-only must not make the copy so. */
    private static void copyFile(Path from, Path to) throws IOException {
        try (var out = Files.newOutputStream(to)) {
            Files.copy(from, out);
        }
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.sorted().toList();
        }
    }
}
