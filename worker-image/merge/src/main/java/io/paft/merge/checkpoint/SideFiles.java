package io.paft.merge.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
     * Writes config.json and copies the others.
     *
     * @param source a full checkpoint
     * @param target the new checkpoint
     * @param config of the new checkpoint
     * @throws IOException when a file cannot be read or written
     */
    public static void copy(Path source, Path target, ObjectNode config) throws IOException {
        Files.write(target.resolve("config.json"), Json.pretty(config));
        for (Path file : list(source)) {
            String name = String.valueOf(file.getFileName());
            if (!NAMES.contains(name) && !PATTERNS.matcher(name).matches()) {
                continue;
            }
            if (Files.isRegularFile(file)) {
                copyFile(file, target.resolve(name));
            } else if (Files.isDirectory(file)) {
                Files.createDirectory(target.resolve(name));
                for (Path inner : list(file)) {
                    if (Files.isRegularFile(inner)) {
                        copyFile(inner, target.resolve(name).resolve(String.valueOf(inner.getFileName())));
                    }
                }
            }
        }
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
