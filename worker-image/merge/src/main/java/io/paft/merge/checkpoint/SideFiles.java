package io.paft.merge.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.MergeException;
import io.paft.merge.files.FileEntry;
import io.paft.merge.files.Hashes;
import io.paft.merge.files.InputReads;
import io.paft.merge.files.NamedWrites;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The files of a checkpoint beside its weights: configuration, tokenizer, chat template. Never code.
 *
 * @param config the config.json to write
 * @param source whose generation_config.json, processor and licence are copied
 * @param tokenizer whose tokenizer is copied
 * @param chatTemplate the chat template; null: the tokenizer's
 */
public record SideFiles(
        ObjectNode config,
        Path source,
        Path tokenizer,
        @Nullable String chatTemplate) {
    private static final String CONFIG = "config.json";
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

    /**
     * Writes them.
     *
     * @param target the new checkpoint
     * @return the names of what was written, relative to {@code target}
     * @throws IOException when a file cannot be read or written
     * @throws MergeException ModelNotFound when one may not be read
     */
    public List<String> write(Path target) throws IOException {
        List<String> written = new ArrayList<>(List.of(CONFIG));
        NamedWrites.write(target.resolve(CONFIG), Json.pretty(config));
        for (Map.Entry<String, Path> copied : copied().entrySet()) {
            Path file = target.resolve(copied.getKey());
            Files.createDirectories(file.toAbsolutePath().getParent());
            NamedWrites.copy(copied.getValue(), file);
            written.add(copied.getKey());
        }
        if (chatTemplate != null) {
            NamedWrites.write(target.resolve(CHAT_TEMPLATE), chatTemplate);
            written.add(CHAT_TEMPLATE);
            forgetTemplate(target.resolve(TOKENIZER_CONFIG));
        }
        return written;
    }

    /** Digest of what {@link #write} would write; throws as it does, so that what cannot be read shows before the work. */
    public String digest() throws IOException {
        List<FileEntry> entries = new ArrayList<>();
        entries.add(entry(CONFIG, Json.pretty(config)));
        for (Map.Entry<String, Path> copied : copied().entrySet()) {
            Path file = copied.getValue();
            entries.add(InputReads.of(() -> new FileEntry(copied.getKey(), Files.size(file), Hashes.sha256(file))));
        }
        if (chatTemplate != null) {
            entries.add(entry(CHAT_TEMPLATE, chatTemplate.getBytes(StandardCharsets.UTF_8)));
        }
        return Hashes.of(entries);
    }

    private static FileEntry entry(String name, byte[] content) {
        return new FileEntry(name, content.length, Hashes.sha256(content));
    }

    /** What is copied, by its name in the new checkpoint. */
    private Map<String, Path> copied() throws IOException {
        Map<String, Path> found = new LinkedHashMap<>();
        for (Path file : list(source)) {
            if (OTHERS.matcher(name(file)).matches()) {
                find(file, found);
            }
        }
        for (Path file : list(tokenizer)) {
            String name = name(file);
            if (TOKENIZER.contains(name)
                    || TOKENIZER_MODEL.matcher(name).matches()
                    || (chatTemplate == null && CHAT_TEMPLATES.contains(name))) {
                find(file, found);
            }
        }
        return found;
    }

    private static void find(Path file, Map<String, Path> found) throws IOException {
        if (Files.isRegularFile(file)) {
            found.put(name(file), file);
        } else if (Files.isDirectory(file)) {
            for (Path inner : list(file)) {
                if (Files.isRegularFile(inner)) {
                    found.put(name(file) + "/" + name(inner), inner);
                }
            }
        }
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

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }

    private static List<Path> list(Path directory) throws IOException {
        return InputReads.of(() -> {
            try (Stream<Path> entries = Files.list(directory)) {
                return entries.sorted().toList();
            }
        });
    }
}
