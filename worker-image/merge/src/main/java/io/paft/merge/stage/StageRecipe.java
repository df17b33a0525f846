package io.paft.merge.stage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.Checkpoint;
import io.paft.merge.safetensors.Dtype;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.DumperOptions.FlowStyle;
import org.yaml.snakeyaml.Yaml;

/** Writes a stage's parameters as the recipe that mergekit would take, with paths relative to the workspace. */
final class StageRecipe {
    private final StageDocument stage;
    private final MergeParameters parameters;
    private final String base;

    StageRecipe(StageDocument stage, MergeParameters parameters) {
        this.stage = stage;
        this.parameters = parameters;
        this.base = stage.display(stage.input("baseModel").model());
    }

    /** The recipe. Throws ModelNotFound when an input is not there. */
    String yaml(String dtype) {
        Map<String, Object> root = new LinkedHashMap<>();
        root.put("merge_method", parameters.method().yamlName());
        CandidateMethod.Base from = parameters.method().base();
        root.put("base_model", from == CandidateMethod.Base.SFT ? reference("sft") : base);
        List<Object> models = new ArrayList<>();
        switch (from) {
            case LISTED -> {
                // Of no weight, but it gives configuration and tokenizer, and is what the report compares with.
                models.add(model(base, Map.of("weight", 0.0), null));
                models.add(branch("sft", parameters.sft()));
            }
            case PRETRAINED -> models.add(branch("sft", parameters.sft()));
            case SFT -> {
                // Its tensors are where the way begins.
            }
        }
        models.add(branch("preference", parameters.preference()));
        root.put("models", models);
        Map<String, Object> shared =
                values(parameters.method().shared().keySet(), parameters.values(), parameters.overrides());
        if (!shared.isEmpty()) {
            root.put("parameters", shared);
        }
        root.put("dtype", "float32");
        root.put("out_dtype", dtype);
        DumperOptions options = new DumperOptions();
        options.setDefaultFlowStyle(FlowStyle.BLOCK);
        return new Yaml(options).dump(root);
    }

    /** The type to write: as asked, else the one that most bytes of the base model have. */
    String outputDtype() {
        String asked = parameters.outputDtype();
        if (asked != null) {
            return asked;
        }
        try (Arena arena = Arena.ofConfined()) {
            Checkpoint checkpoint = Checkpoint.open(stage.input("baseModel").model(), base, arena);
            Map<Dtype, Long> bytes = checkpoint.tensorNames().stream()
                    .map(checkpoint::find)
                    .flatMap(java.util.stream.Stream::ofNullable)
                    .filter(tensor -> tensor.dtype().isArithmetic())
                    .collect(Collectors.groupingBy(
                            tensor -> tensor.dtype(),
                            Collectors.summingLong(tensor -> tensor.data().byteSize())));
            Dtype most = bytes.entrySet().stream()
                    .max(Map.Entry.comparingByValue())
                    .map(Map.Entry::getKey)
                    .orElse(Dtype.F32);
            return (most == Dtype.F64 ? Dtype.F32 : most).torchName();
        }
    }

    /** A branch as mergekit names it: a directory, or base and adapter. */
    private String reference(String input) {
        Path model = stage.input(input).model();
        if (!Files.isDirectory(model)) {
            throw new MergeException(
                    Reason.ModelNotFound,
                    stage.input(input).name() + ": there is no directory " + stage.display(model) + ".");
        }
        String path = stage.display(model);
        return Files.isRegularFile(model.resolve("adapter_config.json")) ? base + "+" + path : path;
    }

    private Map<String, Object> branch(String input, BranchParameters branch) {
        Map<String, Object> values =
                values(parameters.method().ofBranch().keySet(), branch.values(), branch.overrides());
        ObjectNode sparsify = branch.sparsify();
        return model(reference(input), values, sparsify == null ? null : sparsify(sparsify));
    }

    /** Parameters in a recipe's words: those of the merge, or of one branch. */
    private static Map<String, Object> values(Set<String> names, ObjectNode values, Overrides overrides) {
        Map<String, Object> written = new LinkedHashMap<>();
        for (String name : names) {
            if (values.has(name)) {
                written.put(snakeCase(name), overrides.recipe(name, plain(values.path(name))));
            } else if (overrides.coverAll(name)) {
                written.put(snakeCase(name), overrides.recipe(name, null));
            }
        }
        return written;
    }

    private static Map<String, Object> sparsify(ObjectNode sparsify) {
        Map<String, Object> written = new LinkedHashMap<>();
        sparsify.properties()
                .forEach(field -> written.put(
                        field.getKey(),
                        field.getValue().isTextual()
                                ? field.getValue().asText().toLowerCase(Locale.ROOT)
                                : plain(field.getValue())));
        return written;
    }

    private static Object plain(JsonNode node) {
        return node.isBoolean() ? node.booleanValue() : node.doubleValue();
    }

    /** The API has mergekit's words in camelCase. */
    private static String snakeCase(String name) {
        return name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    private static Map<String, Object> model(
            String reference, Map<String, Object> values, @Nullable Map<String, Object> sparsify) {
        Map<String, Object> model = new LinkedHashMap<>();
        model.put("model", reference);
        if (!values.isEmpty()) {
            model.put("parameters", values);
        }
        if (sparsify != null) {
            model.put("sparsify", sparsify);
        }
        return model;
    }
}
