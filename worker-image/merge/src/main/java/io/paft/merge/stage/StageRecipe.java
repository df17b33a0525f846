package io.paft.merge.stage;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.Checkpoint;
import io.paft.merge.recipe.Method;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.stage.MergeParameters.Branch;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
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
        root.put("base_model", base);
        List<Object> models = new ArrayList<>();
        if (parameters.method() == Method.LINEAR) {
            // Of no weight, but it gives configuration and tokenizer, and is what the report compares with.
            models.add(model(base, Map.of("weight", 0.0)));
        }
        models.add(model(reference("sft"), branch(parameters.sft())));
        models.add(model(reference("preference"), branch(parameters.preference())));
        root.put("models", models);
        Map<String, Object> shared = new LinkedHashMap<>();
        shared.put("normalize", parameters.normalize());
        if (parameters.method() != Method.LINEAR) {
            shared.put("lambda", parameters.lambda());
        }
        root.put("parameters", shared);
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

    private Map<String, Object> branch(Branch branch) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("weight", branch.weight());
        if (parameters.method() == Method.TIES) {
            values.put("density", branch.density());
        }
        return values;
    }

    private static Map<String, Object> model(String reference, Map<String, Object> values) {
        Map<String, Object> model = new LinkedHashMap<>();
        model.put("model", reference);
        model.put("parameters", values);
        return model;
    }
}
