package io.paft.merge.cli;

import io.paft.merge.engine.MergePlan;
import io.paft.merge.engine.ModelSet;
import io.paft.merge.engine.Operation;
import io.paft.merge.engine.Planner;
import io.paft.merge.engine.TensorPlan;
import io.paft.merge.recipe.RecipeReader;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;

/** Explains a recipe. */
final class RecipeCommand {
    private final Path file;
    private final boolean explain;
    private final PrintStream out;

    RecipeCommand(Path file, boolean explain, PrintStream out) {
        this.file = file;
        this.explain = explain;
        this.out = out;
    }

    int run() {
        try (ModelSet models = new ModelSet(Path.of(""))) {
            MergePlan plan = Planner.plan(RecipeReader.read(file), models);
            if (explain) {
                plan.tensors().forEach(tensor -> out.println(line(plan.method(), tensor)));
            }
            out.println(plan.method() + ": " + plan.tensors().size() + " tensors, " + plan.elements() + " parameters, "
                    + Sizes.format(plan.bytes()) + " as " + plan.dtype().torchName());
        }
        return 0;
    }

    private static String shared(String method, float lambda, boolean normalize) {
        return method + " lambda=" + lambda + " normalize=" + normalize;
    }

    private static String split(Operation.Split split) {
        return split == Operation.Split.NONE ? "" : " by " + split.name().toLowerCase(Locale.ROOT);
    }

    private static String line(String method, TensorPlan tensor) {
        String what = switch (tensor.operation()) {
            case Operation.Linear(boolean normalize) -> "linear normalize=" + normalize;
            case Operation.TaskArithmetic(float lambda, boolean normalize) -> shared(method, lambda, normalize);
            case Operation.Ties(float lambda, boolean normalize) -> shared(method, lambda, normalize);
            case Operation.Slerp(double t) -> "slerp t=" + t;
            case Operation.NuSlerp(Operation.Split split) -> "nuslerp" + split(split);
            case Operation.MultiSlerp(boolean normalize, double eps) ->
                "multislerp normalize_weights=" + normalize + " eps=" + eps;
            case Operation.ModelStock(Operation.Split split) -> "model_stock" + split(split);
            case Operation.Sce(double selectTopK) -> "sce select_topk=" + selectTopK;
            case Operation.NearSwap(float t) -> "nearswap t=" + t;
            case Operation.Ram(double epsilon, double r, double alpha) ->
                method + " epsilon=" + epsilon + (method.equals("ram") ? "" : " r=" + r + " alpha=" + alpha);
            case Operation.Scale(float scale) -> "passthrough scale=" + scale;
            case Operation.PassThrough() -> "kept as it is";
        };
        String inputs = tensor.operation() instanceof Operation.PassThrough
                ? ""
                : tensor.inputs().stream()
                        .map(input -> input.model() + " weight=" + input.weight()
                                + input.sparsifier().text())
                        .collect(Collectors.joining("; ", ": ", ""));
        return tensor.name() + " " + tensor.shape() + " " + tensor.dtype() + "  " + what + inputs;
    }
}
