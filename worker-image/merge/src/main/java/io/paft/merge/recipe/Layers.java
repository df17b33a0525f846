package io.paft.merge.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * Where a tensor lies in the depth of a model, for parameters that change over the layers.
 *
 * @param count number of layers, in a model of several stacks those of the main one
 * @param first the number that the first of them has in the names of tensors; not 0 in a slice
 * @param others number of layers of every other stack, such as a vision tower or an encoder, by {@link LayerName#stack}
 */
public record Layers(int count, int first, Map<String, Integer> others) {
    private static final List<String> COUNTS = List.of("num_hidden_layers", "n_layer", "num_layers", "n_layers");

    public Layers {
        others = Map.copyOf(others);
    }

    /** The layers of a whole model of one stack. */
    public Layers(int count) {
        this(count, 0);
    }

    /** The layers of a slice. */
    public Layers(int count, int first) {
        this(count, first, Map.of());
    }

    /**
     * The layers of a model: of its main stack by its config.json, else, as those of all others, by the names of its tensors.
     * The main stack is the one that has as many layers as config.json says; of several, or of none, the one with the most
     * tensors.
     */
    public static Layers of(ObjectNode config, Collection<String> tensors) {
        OptionalInt counted = counted(holder(config));
        Map<String, Integer> layers = new TreeMap<>();
        Map<String, Integer> sizes = new TreeMap<>();
        for (String tensor : tensors) {
            LayerName.parse(tensor).ifPresent(name -> {
                layers.merge(name.stack(), name.index() + 1, Math::max);
                sizes.merge(name.stack(), 1, Integer::sum);
            });
        }
        String main = layers.keySet().stream()
                .max(Comparator.comparing((String stack) -> counted.orElse(0) == layers.getOrDefault(stack, 0))
                        .thenComparing(stack -> sizes.getOrDefault(stack, 0)))
                .orElse("");
        Integer highest = layers.remove(main);
        return new Layers(counted.orElse(highest == null ? 0 : highest), 0, layers);
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
        return LayerName.parse(tensor).map(this::depth).orElse(0.0);
    }

    private double depth(LayerName name) {
        int all = others.getOrDefault(name.stack(), count);
        return all <= 1 ? 1 : Math.min(1, (name.index() - first) / (double) (all - 1));
    }
}
