package io.paft.merge.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import io.paft.merge.Json;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.Model;
import io.paft.merge.files.InputReads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Chat templates of models. */
public final class ChatTemplate {
    /** Bytes that a template may have; the longest known ones have some ten thousand. */
    private static final long LARGEST = 1_000_000;

    private ChatTemplate() {}

    /**
     * The template of a model: chat_template.jinja, else that of chat_template.json or tokenizer_config.json.
     *
     * @throws MergeException ModelInvalid when a file cannot be read
     */
    public static Optional<String> of(Model model) {
        Path directory = model.directory();
        Path file = directory.resolve("chat_template.jinja");
        if (Files.isRegularFile(file)) {
            try {
                if (Files.size(file) > LARGEST) {
                    throw new MergeException(
                            Reason.ModelInvalid,
                            model.name() + "/chat_template.jinja, offset " + LARGEST + ": has " + Files.size(file)
                                    + " bytes; such a file has at most " + LARGEST + ".");
                }
                return Optional.of(InputReads.of(() -> Files.readString(file)));
            } catch (IOException e) {
                throw new MergeException(
                        Reason.ModelInvalid,
                        model.name() + "/chat_template.jinja, offset 0: cannot be read (" + e + ").",
                        e);
            }
        }
        for (String name : List.of("chat_template.json", "tokenizer_config.json")) {
            if (Files.isRegularFile(directory.resolve(name))) {
                JsonNode found = Json.readObject(directory.resolve(name), model.name() + "/" + name)
                        .path("chat_template");
                if (found.isTextual()) {
                    return Optional.of(found.textValue());
                }
            }
        }
        return Optional.empty();
    }

    /** The one that most models have, the first of them where several are equally frequent; empty without any. */
    public static Optional<String> mostFrequent(List<Model> models) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        models.forEach(model -> of(model).ifPresent(template -> counts.merge(template, 1, Integer::sum)));
        return counts.entrySet().stream()
                .reduce((best, other) -> other.getValue() > best.getValue() ? other : best)
                .map(Map.Entry::getKey);
    }
}
