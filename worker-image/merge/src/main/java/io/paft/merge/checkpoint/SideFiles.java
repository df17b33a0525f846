package io.paft.merge.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.files.NamedWrites;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The files of a checkpoint beside its weights: configuration, tokenizer, chat template. Never code. */
public final class SideFiles {
    private static final String TOKENIZER_CONFIG = "tokenizer_config.json";
    private static final String CHAT_TEMPLATE = "chat_template.jinja";
    private static final Set<String> CHAT_TEMPLATES =
            Set.of(CHAT_TEMPLATE, "chat_template.json", "additional_chat_templates");
    private static final Set<String> TOKENIZER = Set.of(
            "tokenizer.json",
            TOKENIZER_CONFIG,
            "special_tokens_map.json",
            "added_tokens.json",
            "vocab.json",
            "vocab.txt",
            "merges.txt");
    private static final Pattern TOKENIZER_MODEL = Pattern.compile(".*\\.(?:model|tiktoken)");
    private static final Pattern OTHERS =
            Pattern.compile("generation_config\\.json|preprocessor_config\\.json|processor_config\\.json|LICENSE.*");

    private SideFiles() {}

    /**
     * Writes them.
     *
     * @param target the new checkpoint
     * @param config its config.json
     * @param source whose generation_config.json, processor and licence are copied
     * @param tokenizer whose tokenizer is copied
     * @param chatTemplate the chat template; null: the tokenizer's
     * @return the names of what was written, relative to {@code target}
     * @throws IOException when a file cannot be read or written
     */
    public static List<String> write(
            Path target, ObjectNode config, Path source, Path tokenizer, @Nullable String chatTemplate)
            throws IOException {
        List<String> written = new ArrayList<>(List.of("config.json"));
        NamedWrites.write(target.resolve("config.json"), Json.pretty(config));
        for (Path file : list(source)) {
            if (OTHERS.matcher(name(file)).matches()) {
                copy(file, target, written);
            }
        }
        for (Path file : list(tokenizer)) {
            String name = name(file);
            if (TOKENIZER.contains(name)
                    || TOKENIZER_MODEL.matcher(name).matches()
                    || (chatTemplate == null && CHAT_TEMPLATES.contains(name))) {
                copy(file, target, written);
            }
        }
        if (chatTemplate != null) {
            NamedWrites.write(target.resolve(CHAT_TEMPLATE), chatTemplate);
            written.add(CHAT_TEMPLATE);
            forgetTemplate(target.resolve(TOKENIZER_CONFIG));
        }
        return written;
    }

    /** Where an older tokenizer has its template; two of them would contradict each other. */
    private static void forgetTemplate(Path file) throws IOException {
        if (Files.isRegularFile(file)) {
            ObjectNode config = Json.readObject(file, TOKENIZER_CONFIG);
            if (config.remove("chat_template") != null) {
                NamedWrites.write(file, Json.pretty(config));
            }
        }
    }

    private static void copy(Path file, Path target, List<String> written) throws IOException {
        if (Files.isRegularFile(file)) {
            NamedWrites.copy(file, target.resolve(name(file)));
            written.add(name(file));
        } else if (Files.isDirectory(file)) {
            Path directory = Files.createDirectories(target.resolve(name(file)));
            for (Path inner : list(file)) {
                if (Files.isRegularFile(inner)) {
                    NamedWrites.copy(inner, directory.resolve(name(inner)));
                    written.add(name(file) + "/" + name(inner));
                }
            }
        }
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.sorted().toList();
        }
    }
}
