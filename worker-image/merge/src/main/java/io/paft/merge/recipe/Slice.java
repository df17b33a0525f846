package io.paft.merge.recipe;

import io.paft.merge.recipe.Recipe.Input;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Some layers of the output, and the layers of each model that they are merged from.
 *
 * @param sources each a range of layers; all of the same length
 * @param parameters of this slice, by name; they win over the recipe's
 * @param baseModel what deltas are taken against in this slice; null: the recipe's
 */
public record Slice(
        List<Source> sources,
        Map<String, Setting> parameters,
        @Nullable String baseModel) {
    public Slice {
        sources = List.copyOf(sources);
        parameters = Map.copyOf(parameters);
    }

    /**
     * The layers of one model.
     *
     * @param input the model and its parameters
     * @param from the first layer
     * @param to the layer after the last one
     */
    public record Source(Input input, int from, int to) {}

    /** The number of layers of the output that this slice makes. */
    public int layers() {
        return sources.getFirst().to() - sources.getFirst().from();
    }
}
