package io.paft.merge.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;

/**
 * Where a tensor lies in the depth of a model, for parameters that change over the layers.
 *
 * @param count number of layers
 * @param first the number that the first of them has in the names of tensors; not 0 in a slice
 */
public record Layers(int count, int first) {
    private static final List<String> COUNTS = List.of("num_hidden_layers", "n_layer", "num_layers", "n_layers");

    /** The layers of a whole model. */
    public Layers(int count) {
        this(count, 0);
    }

    /** The layers of a model, by its config.json, else by the names of its tensors. */
    public static Layers of(ObjectNode config, Collection<String> tensors) {
        int highest =
                tensors.stream().mapToInt(name -> index(name).orElse(-1)).max().orElse(-1);
        return new Layers(counted(holder(config)).orElse(highest + 1));
    }

    /** The part of a config.json that describes the layers: itself, or its {@code text_config}. */
    public static ObjectNode holder(ObjectNode config) {
        return counted(config).isEmpty() && config.get("text_config") instanceof ObjectNode text ? text : config;
    }

    /** The number of layers that a configuration says. */
    public static OptionalInt counted(ObjectNode holder) {
        return COUNTS.stream()
                .map(holder::path)
                .filter(node -> node.isInt() && node.intValue() > 0)
                .mapToInt(JsonNode::intValue)
                .findFirst();
    }

    /** Changes the number of layers that a configuration says. */
    public static void count(ObjectNode holder, int layers) {
        COUNTS.stream().filter(holder::has).forEach(field -> holder.put(field, layers));
    }

    /** 0 at the first layer, 1 at the last one and in a model of one layer; 0 outside the layers, as mergekit has it. */
    public double depth(String tensor) {
        OptionalInt index = index(tensor);
        if (index.isEmpty()) {
            return 0;
        }
        return count <= 1 ? 1 : Math.min(1, (index.getAsInt() - first) / (double) (count - 1));
    }

    /** The number of the layer in a tensor's name. */
    public static OptionalInt index(String tensor) {
        return LayerName.parse(tensor).stream().mapToInt(LayerName::index).findFirst();
    }
}
