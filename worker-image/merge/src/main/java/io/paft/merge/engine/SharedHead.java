package io.paft.merge.engine;

import io.paft.merge.checkpoint.Model;
import io.paft.merge.checkpoint.Weights;
import org.jspecify.annotations.Nullable;

/** The output head of a model that does not store one, because it shares the weights of the embedding. */
final class SharedHead {
    static final String NAME = "lm_head.weight";

    private SharedHead() {}

    /** A tensor of a model, the embedding for a head that shares it; null when there is neither. */
    static @Nullable Weights find(Model model, String name) {
        Weights found = model.find(name);
        if (found != null || !name.equals(NAME)) {
            return found;
        }
        return model.tensorNames().stream()
                .filter(other -> other.endsWith("embed_tokens.weight") || other.endsWith("wte.weight"))
                .findFirst()
                .map(model::find)
                .orElse(null);
    }

    /** What to do about other numbers of rows, for the tensors that have one per token. */
    static String remedy(String name) {
        return name.equals(NAME) || name.endsWith("embed_tokens.weight") || name.endsWith("wte.weight")
                ? ": bring the models to one vocabulary first (transformers' resize_token_embeddings)"
                : "";
    }
}
