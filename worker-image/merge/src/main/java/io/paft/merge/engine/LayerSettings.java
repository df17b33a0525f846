package io.paft.merge.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.Model;
import io.paft.merge.recipe.Layers;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * What config.json says of layers by their number, for an output whose layers come from others: the number of layers,
 * lists with an entry for each layer ({@code layer_types}), lists of layers ({@code mlp_only_layers}). What says by
 * arithmetic which layers differ (every n-th, the first n) cannot be rewritten, and is refused where it would come out
 * otherwise.
 */
final class LayerSettings {
    /** Settings that count with a period, and the list that wins over each where it is there. */
    private static final Map<String, String> EVERY = Map.of(
            "sliding_window_pattern", "layer_types",
            "decoder_sparse_step", "mlp_layer_types",
            "moe_layer_freq", "mlp_layer_types",
            "interleave_moe_layer_step", "moe_layers",
            "no_rope_layer_interval", "no_rope_layers",
            "attn_layer_period", "layer_types",
            "expert_layer_period", "layers_num_experts");
    /** Settings that are true of the layers before a number. */
    private static final Map<String, String> FIRST =
            Map.of("first_k_dense_replace", "mlp_layer_types", "max_window_layers", "layer_types");

    private final ObjectNode config;
    private final List<LayerOrigin> origins;
    private final Map<Model, ObjectNode> sources = new HashMap<>();

    private LayerSettings(ObjectNode config, List<LayerOrigin> origins) {
        this.config = config;
        this.origins = origins;
        for (LayerOrigin origin : origins) {
            sources.computeIfAbsent(origin.model(), model -> Layers.holder(model.config()));
        }
    }

    /**
     * Rewrites them.
     *
     * @param config of the model that the output's configuration is taken from; it is changed
     * @param origins of the output's layers, at least one
     * @throws MergeException InvalidParameter when the output's layers cannot be described
     */
    static void rewrite(ObjectNode config, List<LayerOrigin> origins) {
        new LayerSettings(Layers.holder(config), origins).rewrite();
    }

    private void rewrite() {
        int before = Layers.counted(config).orElse(origins.size());
        for (Map.Entry<String, JsonNode> field : List.copyOf(config.properties())) {
            if (field.getKey().contains("layer") && field.getValue() instanceof ArrayNode list) {
                rewrite(field.getKey(), list, before);
            }
        }
        EVERY.forEach(this::checkEvery);
        FIRST.forEach((key, list) -> checkFirst(key, list, before));
        Layers.count(config, origins.size());
    }

    private void rewrite(String key, ArrayNode list, int before) {
        boolean perLayer = list.size() == before;
        boolean numbers = !list.isEmpty()
                && IntStream.range(0, list.size()).allMatch(i -> list.get(i).isInt());
        if (!perLayer && !numbers) {
            return;
        }
        ArrayNode rewritten = Json.array();
        for (int layer = 0; layer < origins.size(); layer++) {
            LayerOrigin origin = origins.get(layer);
            JsonNode theirs = source(origin).path(key);
            if (perLayer) {
                if (!theirs.has(origin.index())) {
                    throw refused(
                            key + " of " + origin.model().name() + " has no entry for its layer " + origin.index());
                }
                rewritten.add(theirs.get(origin.index()));
            } else if (contains(theirs, origin.index())) {
                rewritten.add(layer);
            }
        }
        config.set(key, rewritten);
    }

    private void checkEvery(String key, String list) {
        int period = config.path(key).asInt(1);
        if (period > 1 && !config.has(list)) {
            check(key + ": " + period, (layer, index) -> layer % period == index % period);
        }
    }

    private void checkFirst(String key, String list, int before) {
        if (!config.path(key).isInt()) {
            return;
        }
        int number = config.path(key).intValue();
        if (number >= before) {
            config.put(key, Math.max(number, origins.size()));
        } else if (!config.has(list) && config.path("use_sliding_window").asBoolean(true)) {
            check(key + ": " + number, (layer, index) -> layer < number == index < number);
        }
    }

    private interface Same {
        boolean test(int layer, int index);
    }

    private void check(String setting, Same same) {
        for (int layer = 0; layer < origins.size(); layer++) {
            LayerOrigin origin = origins.get(layer);
            if (!same.test(layer, origin.index())) {
                throw refused("config.json of " + origin.model().name() + " says " + setting + ", by which layer "
                        + layer + " of the output would be of another kind than layer " + origin.index()
                        + ", of which it is made: choose ranges that keep the pattern");
            }
        }
    }

    private ObjectNode source(LayerOrigin origin) {
        return Optional.ofNullable(sources.get(origin.model())).orElse(config);
    }

    private static boolean contains(JsonNode list, int number) {
        IntPredicate equal = i -> list.get(i).isInt() && list.get(i).intValue() == number;
        return IntStream.range(0, list.size()).anyMatch(equal);
    }

    private static MergeException refused(String what) {
        return new MergeException(Reason.InvalidParameter, what + ".");
    }
}
