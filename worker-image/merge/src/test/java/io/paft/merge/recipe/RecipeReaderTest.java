package io.paft.merge.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.safetensors.Dtype;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecipeReaderTest {
    private static final String MODELS =
            "models: [{model: a, parameters: {weight: 1}}, {model: b, parameters: {weight: 1}}]";

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {merge_method: karcher, base_model: x, M}|method karcher is not supported yet; supported: linear, task_arithmetic, ties
            {merge_method: linear, M, slices: []}|models and slices cannot both be there
            {merge_method: linear, slices: []}|at least one slice
            {merge_method: linear, slices: [{source: []}]}|unknown key source in slices[0]
            {merge_method: linear, slices: [{sources: []}]}|slices[0].sources is missing
            {merge_method: linear, slices: [{sources: [{model: a}]}]}|slices[0].sources[0].layer_range is missing
            {merge_method: linear, slices: [{sources: [{model: a, layer_range: 3}]}]}|is 3: write [first, end]
            {merge_method: linear, slices: [{sources: [{model: a, layer_range: [2, 2]}]}]}|less than the end
            {merge_method: linear, slices: [{sources: [{model: a, layer_range: [-2, 0]}]}]}|0 or more
            {merge_method: linear, slices: [{sources: [{model: a, layer_range: [0, 2]}, {model: b, layer_range: [0, 3]}]}]}|merges layer_range [0, 2] of a with [0, 3] of b: all ranges of a slice must have the same number of layers
            {merge_method: linear, slices: [{sources: [{model: a, layer_range: [0, 1]}, {model: a, layer_range: [1, 2]}]}]}|slices[0] names the model a twice
            {merge_method: passthrough, slices: [{sources: [{model: a, layer_range: [0, 1]}, {model: b, layer_range: [1, 2]}]}]}|slices[0] lists 2
            {merge_method: ties, base_model: x, slices: [{sources: [{model: a, layer_range: [0, 1]}]}]}|slices[0] has no source of the base model x: add it
            {merge_method: ties, base_model: a, slices: [{sources: [{model: a, layer_range: [0, 1]}]}]}|slices[0] has no model but the base
            {merge_method: ties, slices: [{sources: [{model: a, layer_range: [0, 1]}]}]}|base_model is missing
            {merge_method: linear, slices: [{sources: [{model: a, layer_range: [0, 1]}], parameters: {wieght: 1}}]}|no parameter wieght (slices[0].parameters)
            {merge_method: linear, M, modules: {}}|at the top level
            {merge_method: linear, M, chat_template: {a: b}}|chat_template must be a string
            {merge_method: linear, M, name: x}|several merges
            {merge_method: linear, M, paramters: {}}|unknown key paramters
            {merge_method: linear, M, parameters: {wieght: 1}}|no parameter wieght
            {merge_method: linear, M, parameters: {lambda: 1}}|no parameter lambda
            {merge_method: linear, models: [{model: a, parameters: {normalize: true}}]}|belongs to the recipe's own parameters
            {merge_method: task_arithmetic, base_model: x, M, parameters: {density: 0.5}}|remove density, or write merge_method: ties
            {merge_method: ties, M}|base_model is missing
            {merge_method: ties, base_model: a, models: [{model: a}]}|no model but the base model
            {merge_method: linear, base_model: x, M}|with weight 0.0
            {merge_method: linear, models: [{model: a}, {model: a}]}|listed twice
            {merge_method: linear, models: [{model: a, weight: 1}]}|unknown key weight in models[0]
            {merge_method: linear, models: []}|list at least one model
            {merge_method: linear, M, dtype: float64}|the arithmetic is float32
            {merge_method: linear, M, tokenizer_source: base}|base_model is missing: name a model instead of base
            {merge_method: linear, M, tokenizer_source: union, tokenizer: {source: union}}|cannot both be there
            {merge_method: linear, M, tokenizer: {source: union, tokens: {}}}|tokenizer.tokens is not supported
            {merge_method: linear, M, tokenizer: {pad_to_multiple_of: 64}}|tokenizer.pad_to_multiple_of is not supported
            {merge_method: linear, M, tokenizer: {sauce: union}}|unknown key sauce in tokenizer
            {merge_method: linear, M, tokenizer: union}|tokenizer must be a mapping
            {merge_method: slerp, base_model: x, models: [{model: a}, {model: b}], parameters: {t: 0.5}}|slerp merges 1 model besides the base model, and models lists 2
            {merge_method: model_stock, base_model: a, models: [{model: b}]}|at least 2 models
            {merge_method: multislerp, models: [{model: b}]}|at least 2 models
            {merge_method: model_stock, base_model: x, models: [{model: a}, {model: b}], parameters: {filter_wise: maybe}}|a number belongs there
            {merge_method: sce, base_model: x, models: [{model: a}], parameters: {select_topk: -1}}|0 to 1
            {merge_method: nuslerp, M, parameters: {density: 0.5}}|no parameter density
            {merge_method: linear, M, parameters: {rescale: true}}|no parameter rescale
            {merge_method: ties, base_model: x, M, parameters: {gamma: 0.1}}|no parameter gamma
            {merge_method: breadcrumbs, base_model: x, M, parameters: {gamma: 2}}|0 to 1
            {merge_method: ties, base_model: x, M, parameters: {density: -1}}|0 to 1
            {merge_method: ties, base_model: x, M, parameters: {density: much}}|a number belongs there
            {merge_method: ties, base_model: x, M, parameters: {density: .nan}}|a number belongs there
            {merge_method: ties, base_model: x, M, parameters: {normalize: [true, false]}}|cannot change over the layers
            {merge_method: ties, base_model: x, M, parameters: {density: [{filters: a, value: 1}]}}|a list of {filter, value}
            {merge_method: linear, M, sparsify: {method: l1, lambda: 1}}|write merge_method: task_arithmetic with a base_model, or remove sparsify
            {merge_method: passthrough, models: [{model: a, sparsify: {method: l1, lambda: 1}}]}|write merge_method: task_arithmetic
            {merge_method: nearswap, base_model: x, models: [{model: a, sparsify: {method: l1, lambda: 1}}]}|write merge_method: task_arithmetic
            {merge_method: slerp, base_model: x, models: [{model: a, sparsify: {method: l1, lambda: 1}}]}|write merge_method: nuslerp with a base_model
            {merge_method: nuslerp, M, sparsify: {method: l1, lambda: 1}}|name a base_model, or remove sparsify
            {merge_method: sce, base_model: x, models: [{model: x, sparsify: {method: l1, lambda: 1}}, {model: a}]}|this is the base model
            {merge_method: ties, base_model: x, sparsify: {method: l1, lambda: 1}, models: [{model: a, parameters: {weight: 1, density: 1}}]}|the density in the parameters of a, and a has sparsify as well: remove that density, or remove sparsify
            {merge_method: ties, base_model: x, parameters: {density: 0.5}, models: [{model: a, sparsify: {method: l1, lambda: 1}}]}|the density in the parameters of the recipe or slice, and a has sparsify as well
            {merge_method: ties, base_model: x, M, sparsify: 0.2}|sparsify must be a mapping
            {merge_method: ties, base_model: x, M, sparsify: {method: l2, lambda: 1}}|method l2 is not known; known: l1, magnitude, random, outliers
            {merge_method: ties, base_model: x, M, sparsify: {density: 0.5}}|sparsify of a has no method
            {merge_method: ties, base_model: x, M, sparsify: {method: l1, epsilon: 1}}|unknown key epsilon in sparsify; known: density, gamma, lambda, method, rescale, scope
            {merge_method: ties, base_model: x, M, sparsify: {method: l1}}|l1 takes lambda or density: write one
            {merge_method: ties, base_model: x, M, sparsify: {method: l1, lambda: 1, density: 1}}|either lambda or density: remove one
            {merge_method: ties, base_model: x, M, sparsify: {method: l1, lambda: -1}}|lambda is -1.0; it is taken off every magnitude
            {merge_method: ties, base_model: x, M, sparsify: {method: magnitude}}|has no density
            {merge_method: ties, base_model: x, M, sparsify: {method: magnitude, density: [1, 1.5]}}|density is 1.5; it is the share of elements kept, 0 to 1
            {merge_method: ties, base_model: x, M, sparsify: {method: magnitude, density: 1, lambda: 1}}|method magnitude has no lambda; it has density, rescale
            {merge_method: ties, base_model: x, M, sparsify: {method: outliers, density: 1, gamma: 2}}|0 to 1
            {merge_method: ties, base_model: x, M, sparsify: {method: outliers, density: 1, rescale: maybe}}|a number belongs there
            {merge_method: ties, base_model: x, M, sparsify: {method: magnitude, density: 1, scope: layer}}|scope is layer; write tensor or model
            {merge_method: ties, base_model: x, M, sparsify: {method: random, density: 1, scope: model}}|random has no threshold to take over the model: remove scope
            {merge_method: ties, base_model: x, M, sparsify: {method: l1, lambda: 1, scope: model}}|l1 by lambda has no threshold
            {merge_method: linear, merge_method: ties, M}|not valid YAML
            [1, 2]|must be a mapping
            M|merge_method is missing
            """)
    void refusesByNameWithWhatToDo(String yaml, String text) {
        assertThatThrownBy(() ->
                        RecipeReader.read(yaml.equals("M") ? MODELS : yaml.replace(", M", ", " + MODELS), "r.yaml"))
                .isInstanceOfSatisfying(MergeException.class, e -> {
                    assertThat(e.reason()).isEqualTo(Reason.InvalidParameter);
                    assertThat(e.sentence()).startsWith("r.yaml: ").contains(text);
                });
    }

    @Test
    void stringsThatAreNumbersAreNumbers() {
        Recipe recipe =
                RecipeReader.read("{merge_method: linear, models: [{model: a, parameters: {weight: 5e-7}}]}", "r");
        assertThat(weight(recipe, "t", 0)).isEqualTo(5e-7);
    }

    @Test
    void theFirstRuleThatMatchesWinsAndNoMatchFallsThrough() {
        Recipe recipe = RecipeReader.read("""
                merge_method: linear
                parameters: {weight: [{filter: mlp, value: 7}, {filter: "*", value: 8}]}
                models:
                  - model: a
                    parameters:
                      weight:
                        - {filter: self_attn, value: [0, 1, 4]}
                        - {filter: attn, value: 9}
                """, "r");
        assertThat(weight(recipe, "l.self_attn.q", 0.25)).isEqualTo(0.5);
        assertThat(weight(recipe, "l.self_attn.q", 1)).isEqualTo(4);
        assertThat(weight(recipe, "l.self_attn.q", 0)).isZero();
        assertThat(weight(recipe, "l.attn.q", 0)).isEqualTo(9);
        assertThat(weight(recipe, "l.mlp", 0)).isEqualTo(7);
        assertThat(weight(recipe, "norm", 0)).isEqualTo(8);
    }

    @Test
    void sparsifyOfAModelTakesFromTheRecipesWhatItLeavesOut() {
        Recipe recipe = RecipeReader.read("""
                merge_method: task_arithmetic
                base_model: x
                parameters: {weight: 1}
                sparsify: {method: outliers, density: 0.3, gamma: 0.1, scope: model}
                models:
                  - model: x
                  - model: a
                  - {model: b, sparsify: {density: [{filter: mlp, value: [0.1, 0.2]}], scope: tensor}}
                  - {model: c, sparsify: {method: l1, lambda: 5e-4}}
                """, "r");
        Sparsify all = sparsify(recipe, 1);
        assertThat(recipe.inputs().getFirst().sparsify()).isNull();
        assertThat(all.kind()).isEqualTo(Sparsify.Kind.OUTLIERS);
        assertThat(all.scope()).isEqualTo(Sparsify.Scope.MODEL);
        Sparsify some = sparsify(recipe, 2);
        assertThat(some.kind()).isEqualTo(Sparsify.Kind.OUTLIERS);
        assertThat(some.scope()).isEqualTo(Sparsify.Scope.TENSOR);
        assertThat(some.resolve("density", "layers.0.mlp", 0.5).orElseThrow()).isCloseTo(0.15, within(1e-12));
        assertThat(some.resolve("density", "norm", 0).orElseThrow()).isEqualTo(0.3);
        assertThat(some.resolve("gamma", "norm", 0).orElseThrow()).isEqualTo(0.1);
        Sparsify alone = sparsify(recipe, 3);
        assertThat(alone.kind()).isEqualTo(Sparsify.Kind.L1);
        assertThat(alone.scope()).isEqualTo(Sparsify.Scope.TENSOR);
        assertThat(alone.settings()).containsOnlyKeys("lambda");
    }

    @Test
    void slicesHaveSparsifyToo() {
        Recipe recipe = RecipeReader.read("""
                merge_method: task_arithmetic
                base_model: x
                parameters: {weight: 1}
                sparsify: {method: magnitude, density: 0.3}
                slices:
                  - sources:
                      - {model: x, layer_range: [0, 2]}
                      - {model: a, layer_range: [0, 2]}
                      - {model: b, layer_range: [0, 2], sparsify: {density: 0.1}}
                """, "r");
        Recipe slice = recipe.of(recipe.slices().getFirst());
        assertThat(slice.inputs().getFirst().sparsify()).isNull();
        assertThat(sparsify(slice, 1).resolve("density", "t", 0)).hasValue(0.3);
        assertThat(sparsify(slice, 2).resolve("density", "t", 0)).hasValue(0.1);
        assertThatThrownBy(() -> RecipeReader.read("""
                        merge_method: ties
                        base_model: x
                        sparsify: {method: magnitude, density: 0.3}
                        slices:
                          - sources: [{model: x, layer_range: [0, 2]}, {model: a, layer_range: [0, 2]}]
                            parameters: {density: 0.5}
                        """, "r"))
                .hasMessageContaining("the density in the parameters of the recipe or slice");
    }

    @Test
    void theOutputTypeIsOutDtypeElseDtype() {
        String head = "{merge_method: linear, " + MODELS;
        assertThat(RecipeReader.read(head + ", dtype: float32, out_dtype: bfloat16}", "r")
                        .outputDtype())
                .isEqualTo(Dtype.BF16);
        assertThat(RecipeReader.read(head + ", dtype: float16}", "r").outputDtype())
                .isEqualTo(Dtype.F16);
        assertThat(RecipeReader.read(head + "}", "r").outputDtype()).isNull();
    }

    @Test
    void depthIsByLayerAndZeroOutside() {
        Layers layers = new Layers(5);
        assertThat(layers.depth("model.layers.0.x")).isZero();
        assertThat(layers.depth("model.layers.4.x")).isEqualTo(1);
        assertThat(layers.depth("transformer.h.1.x")).isEqualTo(0.25);
        assertThat(layers.depth("lm_head.weight")).isZero();
        assertThat(new Layers(1).depth("model.layers.0.x")).isEqualTo(1);
    }

    @Test
    void theStackThatTheConfigurationCountsIsTheMainOne() {
        List<String> tensors = List.of(
                "visual.blocks.0.a", "visual.blocks.1.a", "visual.blocks.2.a", "visual.blocks.3.a", "model.layers.1.b");
        Layers two = Layers.of(config(2), tensors);
        assertThat(two.count()).isEqualTo(2);
        assertThat(two.others()).isEqualTo(Map.of("visual.blocks.", 4));
        // Neither has as many, because layers of its own kind follow: the larger one is meant.
        Layers six = Layers.of(config(6), tensors);
        assertThat(six.count()).isEqualTo(6);
        assertThat(six.others()).isEqualTo(Map.of("model.layers.", 2));
        Layers none = Layers.of(Json.object(), tensors);
        assertThat(none.count()).isEqualTo(4);
        assertThat(none.depth("model.layers.1.b")).isEqualTo(1);
        assertThat(Layers.of(config(5), List.of("model.layers.1.b")).count()).isEqualTo(5);
        assertThat(Layers.of(Json.object(), List.of("a")).count()).isZero();
    }

    private static ObjectNode config(int layers) {
        return Json.object().put("num_hidden_layers", layers);
    }

    @Test
    void noTextIsMoreThanADocumentedError() {
        String good = "merge_method: ties\nbase_model: x\n" + MODELS
                + "\nparameters: {lambda: [{filter: a, value: [1, 0.5]}]}\nsparsify: {method: l1, density: 0.2, scope: model}\n";
        Random random = new Random(5);
        String alphabet = "{}[]:,-*&!|>%@`'\"\n a1.\t\0";
        for (int round = 0; round < 3000; round++) {
            StringBuilder text = new StringBuilder(good);
            for (int i = random.nextInt(5); i >= 0; i--) {
                text.setCharAt(random.nextInt(text.length()), alphabet.charAt(random.nextInt(alphabet.length())));
            }
            try {
                RecipeReader.read(text.toString(), "r");
            } catch (MergeException e) {
                assertThat(e.reason()).isEqualTo(Reason.InvalidParameter);
            }
        }
    }

    private static Sparsify sparsify(Recipe recipe, int input) {
        return java.util.Objects.requireNonNull(recipe.inputs().get(input).sparsify());
    }

    private static double weight(Recipe recipe, String tensor, double depth) {
        return recipe.resolve(recipe.inputs().getFirst(), "weight", tensor, depth)
                .orElseThrow();
    }
}
