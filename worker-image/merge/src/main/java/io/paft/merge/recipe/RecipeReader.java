package io.paft.merge.recipe;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.recipe.Recipe.Input;
import io.paft.merge.safetensors.Dtype;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * Reads recipes in mergekit's format. What the engine does not do is refused by name with what to do instead: nothing is
 * ignored, so a misspelt word cannot pass for a merge.
 */
public final class RecipeReader {
    private static final int LARGEST = 1 << 20;
    private static final Map<String, String> REFUSED = Map.of(
            "modules",
            "merging modules apart is not supported: write the models or slices of the only module at the top level",
            "name",
            "name belongs to a file of several merges: write each merge into a file of its own and run them in order");
    private static final Set<String> KNOWN = Set.of(
            "merge_method",
            "base_model",
            "models",
            "slices",
            "parameters",
            "sparsify",
            "dtype",
            "out_dtype",
            "tokenizer_source",
            "tokenizer",
            "chat_template");

    private final String file;

    private RecipeReader(String file) {
        this.file = file;
    }

    /**
     * Reads a file.
     *
     * @throws MergeException InvalidParameter with the file and what is wrong
     */
    public static Recipe read(Path path) {
        RecipeReader reader = new RecipeReader(path.toString());
        try {
            if (Files.exists(path) && (!Files.isRegularFile(path) || Files.size(path) > LARGEST)) {
                throw reader.refused("a recipe is a regular file of at most " + LARGEST + " bytes");
            }
            return reader.parse(Files.readString(path));
        } catch (IOException e) {
            throw reader.refused("the recipe cannot be read (" + e + ")");
        }
    }

    /**
     * Reads a document.
     *
     * @param text YAML 1.1
     * @param name what to call it in messages
     * @throws MergeException as {@link #read}
     */
    public static Recipe read(String text, String name) {
        return new RecipeReader(name).parse(text);
    }

    private Recipe parse(String text) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        options.setCodePointLimit(LARGEST);
        try {
            return recipe(map(load(text, options), "the recipe"));
        } catch (StackOverflowError e) {
            throw refused("lists or mappings in it contain themselves");
        }
    }

    private @Nullable Object load(String text, LoaderOptions options) {
        try {
            return new Yaml(new SafeConstructor(options)).load(text);
        } catch (RuntimeException e) {
            // Not only YAMLException: a value that does not fit its tag, such as !!int x, throws what Java's parsers
            // throw.
            throw refused("not valid YAML (" + e.getMessage() + ")");
        }
    }

    private Recipe recipe(Map<?, ?> root) {
        for (Object key : root.keySet()) {
            String name = String.valueOf(key);
            String why = REFUSED.get(name);
            if (why != null) {
                throw refused(why);
            }
            if (!KNOWN.contains(name)) {
                throw refused("unknown key " + name + "; known: "
                        + String.join(", ", KNOWN.stream().sorted().toList()));
            }
        }
        String methodName = text(root.get("merge_method"), "merge_method");
        Method method = Method.parse(methodName)
                .orElseThrow(() ->
                        refused("method " + methodName + " is not supported yet; supported: " + Method.supported()));
        TextChoice text = new TextReader(file).read(root);
        String base = root.get("base_model") == null ? null : text(root.get("base_model"), "base_model");
        ParameterReader parameters = new ParameterReader(file, method);
        Map<String, Setting> shared = parameters.shared(root.get("parameters"));
        SparsifyReader sparsify = new SparsifyReader(file, method, base, parameters, shared, root.get("sparsify"));
        if (root.get("slices") != null) {
            if (root.get("models") != null) {
                throw refused("models and slices cannot both be there: list models whole, or their layers in slices");
            }
            List<Slice> slices = new SliceReader(file, parameters, sparsify).read(root.get("slices"));
            return sliced(new Recipe(method, base, models(slices), shared, outputDtype(root), slices, text));
        }
        List<Input> inputs = inputs(root.get("models"), parameters, sparsify);
        Recipe recipe = new Recipe(method, base, inputs, shared, outputDtype(root), List.of(), text);
        checkCount(recipe, "models");
        return checkBase(recipe);
    }

    private Recipe sliced(Recipe recipe) {
        for (int i = 0; i < recipe.slices().size(); i++) {
            checkSlice(recipe.of(recipe.slices().get(i)), "slices[" + i + "]");
        }
        return recipe;
    }

    private static List<Input> models(List<Slice> slices) {
        return slices.stream()
                .flatMap(slice -> slice.sources().stream())
                .map(source -> source.input().model())
                .distinct()
                .map(model -> new Input(model, Map.of()))
                .toList();
    }

    private void checkSlice(Recipe slice, String where) {
        String base = slice.baseModel();
        checkCount(slice, where);
        if (slice.method().needsBase() && base == null) {
            throw refused("base_model is missing: " + slice.method().yamlName() + " merges deltas against it");
        }
        if (base != null
                && slice.inputs().stream().noneMatch(input -> input.model().equals(base))) {
            throw refused(where + " has no source of the base model " + base + ": add it with its layer_range");
        }
    }

    private List<Input> inputs(@Nullable Object node, ParameterReader parameters, SparsifyReader sparsify) {
        if (!(node instanceof List<?> list) || list.isEmpty()) {
            throw refused("models is missing: list at least one model, or slices of models under slices");
        }
        List<Input> inputs = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Object item : list) {
            Map<?, ?> entry = map(item, "models[" + inputs.size() + "]");
            for (Object key : entry.keySet()) {
                if (!Set.of("model", "parameters", "sparsify").contains(String.valueOf(key))) {
                    throw refused("unknown key " + key + " in models[" + inputs.size()
                            + "]; known: model, parameters, sparsify");
                }
            }
            String model = text(entry.get("model"), "models[" + inputs.size() + "].model");
            if (!seen.add(model)) {
                throw refused("model " + model + " is listed twice: list it once, with the sum of the weights");
            }
            Map<String, Setting> own = parameters.ofInput(entry.get("parameters"), model);
            inputs.add(new Input(model, own, sparsify.ofInput(entry.get("sparsify"), model, own)));
        }
        return inputs;
    }

    private void checkCount(Recipe recipe, String where) {
        Method method = recipe.method();
        long count = recipe.inputs().stream()
                .filter(input -> !method.takesDeltas() || !input.model().equals(recipe.baseModel()))
                .count();
        method.refuses(count, where).ifPresent(why -> {
            throw refused(why);
        });
    }

    /** Base models that mergekit would add to the inputs, or would fail on. */
    private Recipe checkBase(Recipe recipe) {
        String base = recipe.baseModel();
        if (recipe.method().needsBase()) {
            if (base == null) {
                throw refused("base_model is missing: " + recipe.method().yamlName() + " merges deltas against it");
            }
            return recipe;
        }
        if (base == null
                || recipe.method() != Method.LINEAR
                || recipe.inputs().stream().anyMatch(input -> input.model().equals(base))) {
            return recipe;
        }
        if (!recipe.parameters().containsKey("weight")) {
            throw refused(
                    "linear averages the models listed, and base_model is not listed: add it to models with weight 0.0 to take only its configuration and tokenizer, or remove base_model");
        }
        List<Input> all = new ArrayList<>(recipe.inputs());
        // Where mergekit adds it: sums are in the order of the models.
        all.add(new Input(base, Map.of()));
        return new Recipe(
                recipe.method(), base, all, recipe.parameters(), recipe.outputDtype(), List.of(), recipe.text());
    }

    private @Nullable Dtype outputDtype(Map<?, ?> root) {
        Dtype dtype = dtype(root.get("dtype"), "dtype");
        Dtype out = dtype(root.get("out_dtype"), "out_dtype");
        return out == null ? dtype : out;
    }

    private @Nullable Dtype dtype(@Nullable Object node, String key) {
        if (node == null) {
            return null;
        }
        return switch (text(node, key)) {
            case "float32" -> Dtype.F32;
            case "bfloat16" -> Dtype.BF16;
            case "float16" -> Dtype.F16;
            default ->
                throw refused(key + " " + node
                        + " is not supported: the arithmetic is float32; write float32, bfloat16 or float16");
        };
    }

    private String text(@Nullable Object node, String key) {
        if (node instanceof String string && !string.isBlank()) {
            return string;
        }
        throw refused(key + (node == null ? " is missing" : " must be a string, not " + node));
    }

    private Map<?, ?> map(@Nullable Object node, String key) {
        if (node instanceof Map<?, ?> found) {
            return found;
        }
        throw refused(key + " must be a mapping");
    }

    private MergeException refused(String what) {
        return new MergeException(Reason.InvalidParameter, file + ": " + what + ".");
    }
}
