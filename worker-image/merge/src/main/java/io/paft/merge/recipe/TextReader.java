package io.paft.merge.recipe;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads {@code tokenizer_source}, {@code tokenizer} and {@code chat_template}. */
final class TextReader {
    private final String file;

    TextReader(String file) {
        this.file = file;
    }

    TextChoice read(Map<?, ?> root) {
        Object section = root.get("tokenizer");
        Object source = root.get("tokenizer_source");
        if (section != null && source != null) {
            throw refused("tokenizer and tokenizer_source cannot both be there: keep tokenizer_source");
        }
        String tokenizer = section == null ? name(source, "tokenizer_source") : source(section);
        if ("base".equals(tokenizer) && root.get("base_model") == null) {
            throw refused(
                    "the tokenizer is to be that of the base model, but base_model is missing: name a model instead of base");
        }
        return new TextChoice(tokenizer, name(root.get("chat_template"), "chat_template"));
    }

    private String source(Object node) {
        if (!(node instanceof Map<?, ?> section)) {
            throw refused("tokenizer must be a mapping: write tokenizer: {source: base}");
        }
        for (Map.Entry<?, ?> entry : section.entrySet()) {
            String key = String.valueOf(entry.getKey());
            if (entry.getValue() == null || key.equals("source")) {
                continue;
            }
            switch (key) {
                case "tokens" ->
                    throw refused(
                            "tokenizer.tokens is not supported: rows of embeddings are not moved. Add the tokens to every model with transformers' resize_token_embeddings, then merge");
                case "pad_to_multiple_of" ->
                    throw refused(
                            "tokenizer.pad_to_multiple_of is not supported: the embeddings keep the rows that the models have. Remove it, and call transformers' resize_token_embeddings(pad_to_multiple_of=...) on the merged model");
                default -> throw refused("unknown key " + key + " in tokenizer; known: source");
            }
        }
        String source = name(section.get("source"), "tokenizer.source");
        return source == null ? "union" : source;
    }

    private @Nullable String name(@Nullable Object node, String key) {
        if (node == null || (node instanceof String text && !text.isBlank())) {
            return (String) node;
        }
        throw refused(key + " must be a string, not " + node);
    }

    private MergeException refused(String what) {
        return new MergeException(Reason.InvalidParameter, file + ": " + what + ".");
    }
}
