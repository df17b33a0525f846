package io.paft.merge.fuzz;

import static io.paft.merge.TestModels.checkpoint;
import static io.paft.merge.TestModels.normal;
import static io.paft.merge.TestModels.safetensors;
import static io.paft.merge.TestModels.toy;
import static io.paft.merge.TestModels.write;

import io.paft.merge.TestModels.Tensor;
import io.paft.merge.checkpoint.Model;
import io.paft.merge.checkpoint.Weights;
import io.paft.merge.engine.Engine;
import io.paft.merge.engine.MergeJob;
import io.paft.merge.engine.MergeTesting;
import io.paft.merge.engine.ModelSet;
import io.paft.merge.files.FileTree;
import io.paft.merge.journal.Share;
import io.paft.merge.journal.Work;
import io.paft.merge.recipe.RecipeReader;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** A file that may come from anywhere, and what reads it. */
enum Target {
    /** The header of a checkpoint. */
    HEADER("model/model.safetensors"),
    /** The index of a sharded checkpoint. */
    INDEX("sharded/model.safetensors.index.json"),
    /** The configuration of a checkpoint. */
    CONFIG("model/config.json"),
    /** The configuration of an adapter. */
    ADAPTER_CONFIG("adapter/adapter_config.json"),
    /** The header of an adapter. */
    ADAPTER("adapter/adapter_model.safetensors"),
    /** A vocabulary, which is compared with that of another model. */
    TOKENIZER("sharded/tokenizer.json"),
    /** The configuration of a tokenizer, which may have a chat template. */
    TOKENIZER_CONFIG("sharded/tokenizer_config.json"),
    /** A chat template. */
    CHAT_TEMPLATE("model/chat_template.jinja"),
    /** A recipe. */
    RECIPE("recipe.yaml");

    private static final String MODULE = "base_model.model.model.layers.0.mlp.up_proj.";
    private static final String PLAIN =
            "{merge_method: ties, base_model: model, models: [{model: model+adapter, parameters: {weight: 1, density: 0.5}}]}";
    private static final String[] RECIPES = {
        PLAIN,
        """
        merge_method: ties
        base_model: model
        models:
          - model: model+adapter
            parameters: {weight: [0.2, 1.0], density: [{filter: up_proj, value: 0.3}, {value: 0.1}]}
          - model: sharded
            parameters: {weight: 1.0, density: 0.5}
        parameters: {lambda: 1.0, normalize: true}
        out_dtype: bfloat16
        """,
        "{merge_method: slerp, base_model: model, models: [{model: sharded}], parameters: {t: [0, 0.5, 1]}}",
        "{merge_method: linear, models: [{model: model, parameters: {weight: 0.5}}, {model: sharded, parameters: {weight: 0.5}}]}",
        "{merge_method: della, base_model: model, models: [{model: sharded, parameters: {weight: 1, density: 0.5, epsilon: 0.1}}]}",
        """
        merge_method: slerp
        base_model: model
        parameters: {t: [{filter: up_proj, value: [0.1, 0.8]}, {value: 0.4}]}
        slices:
          - sources: [{model: model, layer_range: [0, 2]}, {model: sharded, layer_range: [0, 2]}]
          - sources:
              - {model: sharded, layer_range: [1, 2]}
              - {model: model, layer_range: [0, 1]}
            base_model: sharded
            parameters: {t: 0.5}
        tokenizer_source: union
        """,
        """
        merge_method: passthrough
        slices:
          - sources: [{model: model, layer_range: [0, 2]}]
          - sources: [{model: sharded, layer_range: [0, 1], parameters: {scale: [{filter: up_proj, value: 0.5}, {value: 1}]}}]
        tokenizer: {source: model}
        chat_template: auto
        """,
        """
        merge_method: task_arithmetic
        base_model: model
        sparsify: {method: magnitude, density: 0.3, scope: model}
        models:
          - {model: model+adapter, parameters: {weight: 1.0}, sparsify: {method: l1, lambda: 1.0e-3}}
          - {model: sharded, parameters: {weight: [0.5, 1.0]}, sparsify: {density: [{filter: up_proj, value: 0.5}, {value: 0.1}]}}
        chat_template: sharded
        """,
    };
    /** Recipes that read every side file of both models; the first changes the number of layers. */
    private static final String[] SIDE = {
        "{merge_method: passthrough, slices: [{sources: [{model: model, layer_range: [0, 2]}]},"
                + " {sources: [{model: sharded, layer_range: [0, 1]}]}], tokenizer_source: union, chat_template: auto}",
        "{merge_method: linear, models: [{model: model, parameters: {weight: 1}}, {model: sharded, parameters: {weight: 1}}],"
                + " tokenizer_source: sharded, chat_template: sharded}",
    };

    /** Two ways to write one vocabulary. */
    private static final String[] TOKENIZERS = {
        "{\"added_tokens\": [{\"id\": 0, \"content\": \"<s>\"}], \"model\": {\"type\": \"BPE\","
                + " \"vocab\": {\"a\": 1, \"b\": 2, \"ab\": 3}, \"merges\": [[\"a\", \"b\"]]}}",
        "{\"added_tokens\": [], \"model\": {\"type\": \"BPE\","
                + " \"vocab\": {\"<s>\": 0, \"a\": 1, \"b\": 2, \"ab\": 3}, \"merges\": [\"a b\"]}}",
    };

    /** Where it lies in the directory that {@link #prepare} makes. */
    final String file;

    Target(String file) {
        this.file = file;
    }

    /** Writes models that fit each other, and beside them one that nothing may lead to. */
    static void prepare(Path root) {
        checkpoint(root.resolve("model"), toy(1, 0.02));
        Map<String, Tensor> first = new TreeMap<>(toy(2, 0.02));
        Map<String, Tensor> second = new TreeMap<>();
        String norm = "model.norm.weight";
        Tensor moved = first.remove(norm);
        if (moved != null) {
            second.put(norm, moved);
        }
        write(root.resolve("sharded/config.json"), "{\"num_hidden_layers\": 2}");
        write(root.resolve("sharded/model-1.safetensors"), safetensors(first));
        write(root.resolve("sharded/model-2.safetensors"), safetensors(second));
        StringBuilder index = new StringBuilder("{\"metadata\": {\"total_size\": 336}, \"weight_map\": {");
        first.keySet().forEach(name -> index.append('"').append(name).append("\": \"model-1.safetensors\", "));
        write(
                root.resolve("sharded/model.safetensors.index.json"),
                index.append("\"model.norm.weight\": \"model-2.safetensors\"}}").toString());
        write(
                root.resolve("adapter/adapter_config.json"),
                "{\"peft_type\": \"LORA\", \"r\": 2, \"lora_alpha\": 4, \"rank_pattern\": {\"mlp.up_proj\": 2},"
                        + " \"alpha_pattern\": {\"layers.[0-9]+.mlp\": 8}, \"use_rslora\": false, \"bias\": \"none\"}");
        write(
                root.resolve("adapter/adapter_model.safetensors"),
                safetensors(Map.of(
                        MODULE + "lora_A.weight", Tensor.of(Shape.of(2, 4), Dtype.F32, normal(3, 8, 0.1)),
                        MODULE + "lora_B.weight", Tensor.of(Shape.of(6, 2), Dtype.F32, normal(4, 12, 0.1)))));
        write(
                root.resolve("model/config.json"),
                "{\"model_type\": \"llama\", \"num_hidden_layers\": 2, \"dtype\": \"float32\", \"layer_types\":"
                        + " [\"full_attention\", \"full_attention\"], \"mlp_only_layers\": [], \"decoder_sparse_step\": 1,"
                        + " \"tie_word_embeddings\": true, \"rope_parameters\": {\"rope_theta\": 10000.0}}");
        for (String model : new String[] {"model", "sharded"}) {
            write(root.resolve(model).resolve("tokenizer.json"), TOKENIZERS[model.equals("model") ? 0 : 1]);
            write(
                    root.resolve(model).resolve("tokenizer_config.json"),
                    "{\"eos_token\": \"<s>\", \"chat_template\": \"{{ messages }}\"}");
        }
        write(root.resolve("model/chat_template.jinja"), "{% for m in messages %}{{ m.content }}{% endfor %}");
        write(root.resolve("recipe.yaml"), PLAIN);
        Path outside = root.resolveSibling("outside");
        checkpoint(outside, Map.of("canary", Tensor.vector(1)));
        write(outside.resolve("model-1.safetensors"), safetensors(Map.of("canary", Tensor.vector(1))));
    }

    /** The good file of a round. */
    byte[] good(Path root, int choice) throws IOException {
        return this == RECIPE
                ? RECIPES[choice % RECIPES.length].getBytes(java.nio.charset.StandardCharsets.UTF_8)
                : Files.readAllBytes(root.resolve(file));
    }

    /** Reads as much as a merge would before it writes, and every tensor. */
    void read(Path root) throws IOException {
        switch (this) {
            case RECIPE -> plan(root);
            case CONFIG, TOKENIZER, TOKENIZER_CONFIG, CHAT_TEMPLATE -> {
                for (String recipe : SIDE) {
                    merge(root, recipe);
                }
            }
            case HEADER -> readAll(root, "model");
            case INDEX -> readAll(root, "sharded");
            case ADAPTER, ADAPTER_CONFIG -> readAll(root, "model+adapter");
        }
    }

    private static void plan(Path root) throws IOException {
        Engine engine = new Engine(new Engine.Options(1, 1 << 26, 1 << 20));
        Path work = root.resolveSibling("work");
        new MergeJob(RecipeReader.read(root.resolve("recipe.yaml")), root, engine)
                .preview(new Work(work, work, Share.WHOLE, Work.Existing.REFUSE, Map.of(), line -> {}));
    }

    /** A whole merge, because what a model has beside its weights is read and written at its end. */
    private static void merge(Path root, String recipe) throws IOException {
        Path output = root.resolveSibling("merged");
        try {
            MergeTesting.merge(root, recipe, output, 1);
        } finally {
            FileTree.delete(output);
        }
    }

    private static void readAll(Path root, String reference) {
        float[] values = new float[64];
        try (ModelSet models = new ModelSet(root)) {
            Model model = models.open(reference);
            for (String name : model.tensorNames()) {
                if (name.equals("canary")) {
                    throw new IllegalStateException("led outside");
                }
                Weights weights = model.find(name);
                if (weights instanceof Weights.Adapted adapted) {
                    adapted.delta().load().read(0, 1, values);
                } else if (weights instanceof Weights.Stored stored
                        && stored.dtype().isArithmetic()) {
                    stored.read(0, (int) Math.min(64, stored.shape().elements()), values);
                }
            }
        }
    }
}
