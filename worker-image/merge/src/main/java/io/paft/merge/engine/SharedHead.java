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
}
