package io.paft.merge.engine;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.safetensors.Dtype;

/** The config.json of the output. */
final class OutputConfig {
    private OutputConfig() {}

    /**
     * The configuration of the plan's template with what the merge changes: type of the weights, number and kinds of
     * layers, whether the head is a tensor of its own. {@code dtype} is what transformers writes since version 5; the
     * older {@code torch_dtype} is kept right where it is there.
     */
    static ObjectNode of(MergePlan plan) {
        ObjectNode config = plan.template().config();
        putDtype(config, plan.dtype());
        if (config.get("text_config") instanceof ObjectNode text && text.has("dtype")) {
            text.put("dtype", plan.dtype().torchName());
        }
        if (plan.untied()) {
            config.put("tie_word_embeddings", false);
        }
        if (!plan.origins().isEmpty()) {
            LayerSettings.rewrite(config, plan.origins());
        }
        return config;
    }

    private static void putDtype(ObjectNode config, Dtype dtype) {
        config.put("dtype", dtype.torchName());
        if (config.has("torch_dtype")) {
            config.put("torch_dtype", dtype.torchName());
        }
    }
}
