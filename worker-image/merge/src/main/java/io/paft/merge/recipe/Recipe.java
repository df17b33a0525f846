package io.paft.merge.recipe;

import io.paft.merge.safetensors.Dtype;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * A merge in mergekit's words, checked.
 *
 * @param method how to merge
 * @param baseModel the model that deltas are taken against; null when the method needs none and none is named
 * @param inputs the models, in the order written, each once; of slices without their parameters
 * @param parameters of the recipe as a whole, by name
 * @param outputDtype the type to write ({@code out_dtype}, else {@code dtype}); null: the promotion over the inputs
 * @param slices what the layers of the output are made of, in their order; empty when whole models are merged
 * @param text which tokenizer and chat template the output gets
 */
public record Recipe(
        Method method,
        @Nullable String baseModel,
        List<Input> inputs,
        Map<String, Setting> parameters,
        @Nullable Dtype outputDtype,
        List<Slice> slices,
        TextChoice text) {
    public Recipe {
        inputs = List.copyOf(inputs);
        parameters = Map.copyOf(parameters);
        slices = List.copyOf(slices);
    }

    /** A merge of whole models. */
    public Recipe(
            Method method,
            @Nullable String baseModel,
            List<Input> inputs,
            Map<String, Setting> parameters,
            @Nullable Dtype outputDtype) {
        this(method, baseModel, inputs, parameters, outputDtype, List.of(), TextChoice.COPIED);
    }

    /**
     * One model.
     *
     * @param model a directory, or {@code base+adapter}
     * @param parameters its own, by name; they win over the recipe's
     * @param sparsify what is done to its delta before the method sees it; null: nothing
     */
    public record Input(
            String model,
            Map<String, Setting> parameters,
            @Nullable Sparsify sparsify) {
        public Input {
            parameters = Map.copyOf(parameters);
        }

        /** One whose delta is left as it is. */
        public Input(String model, Map<String, Setting> parameters) {
            this(model, parameters, null);
        }
    }

    /** What is done in one slice, as if its sources were whole models. */
    public Recipe of(Slice slice) {
        Map<String, Setting> resolved = new HashMap<>(parameters);
        slice.parameters().forEach((name, setting) -> resolved.put(name, setting.orElse(parameters.get(name))));
        List<Input> sources = slice.sources().stream().map(Slice.Source::input).toList();
        String base = slice.baseModel() == null ? baseModel : slice.baseModel();
        boolean isSource = sources.stream().anyMatch(input -> input.model().equals(base));
        return new Recipe(method, isSource || method.takesDeltas() ? base : null, sources, resolved, outputDtype);
    }

    /** The value of an input's parameter for a tensor: the input's own, else the recipe's, else empty. */
    public OptionalDouble resolve(Input input, String parameter, String tensor, double depth) {
        Setting own = input.parameters().get(parameter);
        if (own != null) {
            OptionalDouble found = own.resolve(tensor, depth);
            if (found.isPresent()) {
                return found;
            }
        }
        return resolve(parameter, tensor, depth);
    }

    /** The value of a shared parameter for a tensor; empty when the recipe does not say. */
    public OptionalDouble resolve(String parameter, String tensor, double depth) {
        Setting shared = parameters.get(parameter);
        return shared == null ? OptionalDouble.empty() : shared.resolve(tensor, depth);
    }
}
