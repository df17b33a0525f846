package io.paft.merge.engine;

import io.paft.merge.Json;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.Model;
import io.paft.merge.checkpoint.TensorOrder;
import io.paft.merge.checkpoint.Weights;
import io.paft.merge.kernel.Combine;
import io.paft.merge.recipe.Layers;
import io.paft.merge.recipe.Method;
import io.paft.merge.recipe.Recipe;
import io.paft.merge.safetensors.Dtype;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Turns a recipe and its models into a plan: checks that the tensors fit each other and resolves every parameter. */
public final class Planner {
    private static final String HEAD = "lm_head.weight";

    private final Recipe recipe;
    private final @Nullable Model base;
    private final List<Model> models;
    private final Model template;
    private final Layers layers;

    private Planner(Recipe recipe, ModelSet set) {
        this.recipe = recipe;
        this.base = recipe.baseModel() == null ? null : set.open(recipe.baseModel());
        this.models =
                recipe.inputs().stream().map(input -> set.open(input.model())).toList();
        this.template = base == null ? models.getFirst() : base;
        this.layers = Layers.of(
                Json.readObject(template.directory().resolve("config.json"), template.name() + "/config.json"),
                template.tensorNames());
    }

    /**
     * Plans a merge.
     *
     * @param recipe what to do
     * @param set opens the recipe's models
     * @throws MergeException ModelNotFound, ModelInvalid, UnsafeFormat, ShapeMismatch, InvalidParameter
     */
    public static MergePlan plan(Recipe recipe, ModelSet set) {
        return new Planner(recipe, set).plan();
    }

    private MergePlan plan() {
        Set<String> names = new TreeSet<>(TensorOrder.BY_DEPTH);
        names.addAll(template.tensorNames());
        models.forEach(model -> names.addAll(model.tensorNames()));
        List<TensorPlan> tensors = names.stream().map(this::tensor).toList();
        List<String> reported =
                models.stream().filter(model -> model != base).map(Model::name).toList();
        Dtype dtype = recipe.outputDtype();
        if (dtype == null) {
            dtype = tensors.stream()
                    .map(TensorPlan::dtype)
                    .filter(Dtype::isArithmetic)
                    .reduce(Dtype::promote)
                    .orElse(Dtype.F32);
        }
        boolean untied = names.contains(HEAD) && !template.tensorNames().contains(HEAD);
        return new MergePlan(
                recipe.method().yamlName(), template, base == null ? List.of() : reported, tensors, dtype, untied);
    }

    private TensorPlan tensor(String name) {
        double depth = layers.depth(name);
        Weights reference = weights(template, name);
        List<TensorPlan.Input> inputs = new ArrayList<>();
        for (int i = 0; i < models.size(); i++) {
            Model model = models.get(i);
            boolean isBase = model == base;
            if (isBase && recipe.method().takesDeltas()) {
                continue;
            }
            Weights weights = weights(model, name);
            if (!weights.shape().equals(reference.shape())) {
                throw new MergeException(
                        Reason.ShapeMismatch,
                        "tensor " + name + " has the shape " + weights.shape() + " in " + model.name() + ", but "
                                + reference.shape() + " in " + template.name() + ".");
            }
            inputs.add(input(name, depth, recipe.inputs().get(i), weights, isBase));
        }
        Operation operation = operation(name, depth, reference, inputs);
        return new TensorPlan(
                name,
                reference.shape(),
                dtype(operation, reference, inputs),
                base == null ? null : reference,
                inputs,
                operation);
    }

    private TensorPlan.Input input(String name, double depth, Recipe.Input input, Weights weights, boolean isBase) {
        OptionalDouble given = recipe.resolve(input, recipe.method().factor(), name, depth);
        double weight = recipe.method().requiresWeight()
                ? given.orElseThrow(() -> new MergeException(
                        Reason.InvalidParameter,
                        "model " + input.model() + " has no weight for the tensor " + name
                                + ": write parameters: {weight: ...}."))
                : given.orElse(1);
        return new TensorPlan.Input(input.model(), weights, (float) weight, sparsifier(name, depth, input), isBase);
    }

    private Sparsifier sparsifier(String name, double depth, Recipe.Input input) {
        double density = recipe.resolve(input, "density", name, depth).orElse(1);
        if (density >= 1) {
            return new Sparsifier.All();
        }
        return switch (recipe.method()) {
            case TIES -> new Sparsifier.Magnitude(density);
            case BREADCRUMBS, BREADCRUMBS_TIES ->
                new Sparsifier.Outliers(
                        density, recipe.resolve(input, "gamma", name, depth).orElse(0.01));
            case DARE_LINEAR, DARE_TIES -> new Sparsifier.Bernoulli(density);
            case DELLA, DELLA_LINEAR -> ranked(name, depth, input, density);
            default -> new Sparsifier.All();
        };
    }

    private Sparsifier ranked(String name, double depth, Recipe.Input input, double density) {
        double epsilon = recipe.resolve(input, "epsilon", name, depth).orElse(0.15);
        if (density == 0) {
            return new Sparsifier.Magnitude(0);
        }
        if (density - epsilon <= 0 || density + epsilon >= 1) {
            throw new MergeException(
                    Reason.InvalidParameter,
                    "density " + density + " and epsilon " + epsilon + " of " + input.model() + " for the tensor "
                            + name + " give probabilities outside 0 to 1: choose a smaller epsilon.");
        }
        return new Sparsifier.Ranked(density, epsilon);
    }

    private Operation operation(String name, double depth, Weights reference, List<TensorPlan.Input> inputs) {
        if (reference.shape().elements() == 0
                || !reference.dtype().isArithmetic()
                || inputs.stream().anyMatch(input -> !input.weights().dtype().isArithmetic())) {
            checkSameType(name, reference, inputs);
            return new Operation.PassThrough();
        }
        float lambda = (float) recipe.resolve("lambda", name, depth).orElse(1);
        boolean normalize = flag("normalize", recipe.method().normalizeDefault(), name, depth);
        boolean rescale = flag("rescale", recipe.method().rescaleDefault(), name, depth);
        boolean divides = (recipe.method() == Method.LINEAR && normalize)
                || (recipe.method() == Method.MULTISLERP && flag("normalize_weights", true, name, depth));
        if (divides && sum(inputs) == 0) {
            throw new MergeException(
                    Reason.InvalidParameter,
                    "the weights of the tensor " + name + " sum to 0: change a weight, or write "
                            + (recipe.method() == Method.LINEAR ? "normalize" : "normalize_weights") + ": false.");
        }
        return switch (recipe.method()) {
            case LINEAR -> new Operation.Linear(normalize);
            case TASK_ARITHMETIC, BREADCRUMBS, DARE_LINEAR, DELLA_LINEAR ->
                new Operation.TaskArithmetic(lambda, normalize, rescale);
            case TIES, BREADCRUMBS_TIES, DARE_TIES, DELLA -> new Operation.Ties(lambda, normalize, rescale);
            case SLERP -> new Operation.Slerp(required("t", name, depth));
            case NEARSWAP -> new Operation.NearSwap((float) required("t", name, depth));
            case NUSLERP -> new Operation.NuSlerp();
            case MULTISLERP ->
                new Operation.MultiSlerp(
                        flag("normalize_weights", true, name, depth),
                        recipe.resolve("eps", name, depth).orElse(1e-8));
            case MODEL_STOCK -> new Operation.ModelStock();
            case RAM -> new Operation.Ram(number("epsilon", 1e-5, name, depth), 0, 0);
            case RAMPLUS_TL ->
                new Operation.Ram(
                        number("epsilon", 1e-5, name, depth),
                        number("r", 0.1, name, depth),
                        number("alpha", 0.2, name, depth));
            case PASSTHROUGH -> new Operation.Scale(inputs.getFirst().weight());
        };
    }

    private double required(String parameter, String name, double depth) {
        return recipe.resolve(parameter, name, depth)
                .orElseThrow(() -> new MergeException(
                        Reason.InvalidParameter,
                        recipe.method().yamlName() + " has no " + parameter + " for the tensor " + name
                                + ": write parameters: {" + parameter + ": ...}."));
    }

    private double number(String parameter, double otherwise, String name, double depth) {
        return recipe.resolve(parameter, name, depth).orElse(otherwise);
    }

    private boolean flag(String parameter, boolean otherwise, String name, double depth) {
        return recipe.resolve(parameter, name, depth).orElse(otherwise ? 1 : 0) != 0;
    }

    private static float sum(List<TensorPlan.Input> inputs) {
        float[] weights = new float[inputs.size()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = inputs.get(i).weight();
        }
        return Combine.sum(weights);
    }

    private void checkSameType(String name, Weights reference, List<TensorPlan.Input> inputs) {
        for (TensorPlan.Input input : inputs) {
            if (input.weights().dtype() != reference.dtype()) {
                throw new MergeException(
                        Reason.ModelInvalid,
                        "tensor " + name + " has the types " + reference.dtype() + " and "
                                + input.weights().dtype() + " in different models, which cannot be merged.");
            }
        }
    }

    private Dtype dtype(Operation operation, Weights reference, List<TensorPlan.Input> inputs) {
        if (operation instanceof Operation.PassThrough) {
            return reference.dtype();
        }
        Dtype asked = recipe.outputDtype();
        if (asked != null) {
            return asked;
        }
        Dtype promoted = inputs.stream()
                .map(input -> input.weights().dtype())
                .reduce(Dtype::promote)
                .orElse(reference.dtype());
        return base != null && recipe.method().takesDeltas() ? promoted.promote(reference.dtype()) : promoted;
    }

    /** A tensor of a model; the embedding for a head that shares it. */
    private Weights weights(Model model, String name) {
        Weights found = model.find(name);
        if (found == null && name.equals(HEAD)) {
            found = model.tensorNames().stream()
                    .filter(other -> other.endsWith("embed_tokens.weight") || other.endsWith("wte.weight"))
                    .findFirst()
                    .map(model::find)
                    .orElse(null);
        }
        if (found == null) {
            String owner = models.stream()
                    .filter(other -> other.tensorNames().contains(name))
                    .findFirst()
                    .orElse(template)
                    .name();
            throw new MergeException(
                    Reason.ShapeMismatch,
                    "tensor " + name + " is in " + owner + ", but not in " + model.name()
                            + ": the models are not of one architecture.");
        }
        return found;
    }
}
