package io.paft.merge.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a tensor lies in the depth of a model, for parameters that change over the layers.
 *
 * @param count number of layers
 */
public record Layers(int count) {
    private static final Pattern NUMBER = Pattern.compile("(?:^|\\.)(?:layers|layer|h|blocks|block)\\.(\\d{1,6})\\.");
    private static final List<String> COUNTS = List.of("num_hidden_layers", "n_layer", "num_layers", "n_layers");

    /** The layers of a model, by its config.json, else by the names of its tensors. */
    public static Layers of(JsonNode config, Collection<String> tensors) {
        for (JsonNode node : List.of(config, config.path("text_config"))) {
            for (String field : COUNTS) {
                if (node.path(field).isInt() && node.path(field).intValue() > 0) {
                    return new Layers(node.path(field).intValue());
                }
            }
        }
        return new Layers(
                tensors.stream().mapToInt(name -> index(name).orElse(-1)).max().orElse(-1) + 1);
    }

    /** 0 at the first layer, 1 at the last one and in a model of one layer; 0 outside the layers, as mergekit has it. */
    public double depth(String tensor) {
        OptionalInt index = index(tensor);
        if (index.isEmpty()) {
            return 0;
        }
        return count <= 1 ? 1 : Math.min(1, index.getAsInt() / (double) (count - 1));
    }

    /** The number of the layer in a tensor's name. */
    public static OptionalInt index(String tensor) {
        Matcher matcher = NUMBER.matcher(tensor);
        return matcher.find() ? OptionalInt.of(Integer.parseInt(matcher.group(1))) : OptionalInt.empty();
    }
}
