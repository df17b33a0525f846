package io.paft.merge.engine;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.Model;
import io.paft.merge.recipe.Recipe;
import io.paft.merge.recipe.TextChoice;
import io.paft.merge.tokenizer.ChatTemplate;
import io.paft.merge.tokenizer.TokenizerFiles;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the output's tokenizer and chat template come from.
 *
 * @param tokenizer the model whose tokenizer files are copied
 * @param chatTemplate the template; null: what comes with the tokenizer
 */
public record TextSources(Model tokenizer, @Nullable String chatTemplate) {
    /**
     * Decides it for a recipe.
     *
     * @param template whose files the output gets when the recipe does not say
     * @throws MergeException InvalidParameter when the vocabularies of the models differ, or a template is not there
     */
    static TextSources of(Recipe recipe, ModelSet set, Model template) {
        List<Model> models = new ArrayList<>(List.of(template));
        recipe.inputs().stream()
                .map(input -> set.open(input.model()))
                .filter(model -> model != template)
                .forEach(models::add);
        TextChoice choice = recipe.text();
        Model tokenizer = template;
        if (choice.tokenizer() != null) {
            tokenizer = switch (choice.tokenizer()) {
                case "base", "union" -> template;
                default -> set.open(choice.tokenizer());
            };
            checkSame(tokenizer, models);
        }
        return new TextSources(
                tokenizer, choice.chatTemplate() == null ? null : template(choice.chatTemplate(), models));
    }

    private static void checkSame(Model tokenizer, List<Model> models) {
        for (Model model : models) {
            if (model == tokenizer) {
                continue;
            }
            TokenizerFiles.difference(tokenizer, model).ifPresent(difference -> {
                throw refused(
                        "the vocabularies of " + tokenizer.name() + " and " + model.name() + " differ: " + difference
                                + ". Rows of embeddings are not moved: bring the models to one vocabulary first (mergekit-tokensurgeon, or the added tokens with transformers' resize_token_embeddings); where the numbers that differ are not used, remove the tokenizer from the recipe, and the one of "
                                + models.getFirst().name() + " is copied");
            });
        }
    }

    private static String template(String choice, List<Model> models) {
        if (choice.equals("auto")) {
            return ChatTemplate.mostFrequent(models)
                    .orElseThrow(
                            () -> refused(
                                    "chat_template is auto, but no model of the recipe has a chat template: write the template itself, or remove chat_template"));
        }
        if (choice.contains("{")) {
            return choice;
        }
        Model named = models.stream()
                .filter(model -> model.name().equals(choice))
                .findFirst()
                .orElseThrow(
                        () -> refused(
                                "chat_template " + choice
                                        + " is neither auto, nor a model of the recipe, nor a template; templates by name are not supported: write the template itself, in Jinja"));
        return ChatTemplate.of(named)
                .orElseThrow(() -> refused("chat_template names " + choice
                        + ", which has no chat template: name another model, or write the template itself"));
    }

    private static MergeException refused(String what) {
        return new MergeException(Reason.InvalidParameter, what + ".");
    }
}
