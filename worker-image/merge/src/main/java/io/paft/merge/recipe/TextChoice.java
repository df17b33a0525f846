package io.paft.merge.recipe;

import org.jspecify.annotations.Nullable;

/**
 * Which tokenizer and which chat template the output gets.
 *
 * @param tokenizer {@code base}, {@code union} or a model, with all vocabularies compared; null: the base model's, without
 *     comparing
 * @param chatTemplate {@code auto}, a model, or a template; null: as it comes with the tokenizer
 */
public record TextChoice(
        @Nullable String tokenizer, @Nullable String chatTemplate) {
    /** What is done when the recipe says nothing. */
    public static final TextChoice COPIED = new TextChoice(null, null);
}
