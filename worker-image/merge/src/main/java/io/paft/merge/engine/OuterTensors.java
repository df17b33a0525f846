package io.paft.merge.engine;

import java.util.regex.Pattern;

/**
 * Which tensors outside the layers come before them and which after: in a stack of slices the ones are made from the
 * first slice's models and the others from the last's.
 */
final class OuterTensors {
    private static final Pattern BEFORE = Pattern.compile(
            "(?:^|.*\\.)(?:embed_(?:tokens|positions|in)|embeddings?|(?:tok|word|position)_embeddings(?:_layernorm)?"
                    + "|wte|wpe|project_in|rotary_emb|per_layer_[a-z_]+)(?:\\..*)?|.*embed_tokens_per_layer.*");
    private static final Pattern AFTER = Pattern.compile(
            "(?:^|.*\\.)(?:norm|norm_f|ln_f|final_layer_?norm|lm_head|score|classifier|output|output_layer|embed_out"
                    + "|project_out)(?:\\..*)?");

    private OuterTensors() {}

    /** True for embeddings and what belongs to them. */
    static boolean isBefore(String tensor) {
        return BEFORE.matcher(tensor).matches();
    }

    /** True when the place of the tensor is known by its name. */
    static boolean isKnown(String tensor) {
        return isBefore(tensor) || AFTER.matcher(tensor).matches();
    }
}
