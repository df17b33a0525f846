package io.paft.merge.engine;

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
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Turns a recipe and its models into a plan: checks that the tensors fit each other and resolves every parameter. */
public final class Planner {
    private final Recipe recipe;
    private final @Nullable Model base;
    private final List<Model> models;
    private final Model template;
    private final Layers layers;
    private final SparsifierResolver sparsifiers;

    /**
     * A planner of whole models, or of one slice of them.
     *
     * @param recipe what to do
     * @param base what deltas are taken against; null when there is none
     * @param models the recipe's inputs
     * @param layers for parameters that change over them
     */
    Planner(Recipe recipe, @Nullable Model base, List<Model> models, Layers layers) {
        this.recipe = recipe;
        this.sparsifiers = new SparsifierResolver(recipe);
        this.base = base;
        this.models = models;
        this.template = base == null ? models.getFirst() : base;
        this.layers = layers;
    }

    /**
     * Plans a merge.
     *
     * @param recipe what to do
     * @param set opens the recipe's models
     * @throws MergeException ModelNotFound, ModelInvalid, UnsafeFormat, ShapeMismatch, InvalidParameter
     */
    public static MergePlan plan(Recipe recipe, ModelSet set) {
        Model base = recipe.baseModel() == null ? null : set.open(recipe.baseModel());
        List<Model> models =
                recipe.inputs().stream().map(input -> set.open(input.model())).toList();
        Model template = base == null ? models.getFirst() : base;
        List<TensorPlan> tensors;
        List<LayerOrigin> origins = List.of();
        if (recipe.slices().isEmpty()) {
            InputCount.check(recipe, base, models);
            Layers layers = Layers.of(template.config(), template.tensorNames());
            tensors = new Planner(recipe, base, models, layers).tensors(Set.of());
        } else {
            SlicePlanner slices = new SlicePlanner(recipe, set, template);
            tensors = slices.tensors();
            origins = slices.origins();
        }
        List<TensorPlan> ordered = tensors.stream()
                .sorted(Comparator.comparing(TensorPlan::name, TensorOrder.BY_DEPTH))
                .toList();
        boolean untied = ordered.stream().anyMatch(tensor -> tensor.name().equals(SharedHead.NAME))
                && !template.stored().tensorNames().contains(SharedHead.NAME);
        return new MergePlan(
                recipe.method().yamlName(),
                template,
                reported(recipe, ordered),
                ordered,
                dtype(recipe, ordered),
                untied,
                origins,
                TextSources.of(recipe, set, template));
    }

    /** The inputs that have a delta in some tensor, in the recipe's order. */
    private static List<String> reported(Recipe recipe, List<TensorPlan> tensors) {
        Set<String> found = new HashSet<>();
        for (TensorPlan tensor : tensors) {
            for (int i : tensor.reported()) {
                found.add(tensor.inputs().get(i).model());
            }
        }
        return recipe.inputs().stream()
                .map(Recipe.Input::model)
                .filter(found::contains)
                .toList();
    }

    private static Dtype dtype(Recipe recipe, List<TensorPlan> tensors) {
        Dtype asked = recipe.outputDtype();
        return asked != null
                ? asked
                : tensors.stream()
                        .map(TensorPlan::dtype)
                        .filter(Dtype::isArithmetic)
                        .reduce(Dtype::promote)
                        .orElse(Dtype.F32);
    }

    /**
     * Plans every tensor that some model has.
     *
     * @param more names of further tensors
     */
    List<TensorPlan> tensors(Set<String> more) {
        Set<String> names = new TreeSet<>(more);
        names.addAll(template.tensorNames());
        models.forEach(model -> names.addAll(model.tensorNames()));
        return names.stream().map(this::tensor).toList();
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
                                + reference.shape() + " in " + template.name() + SharedHead.remedy(name) + ".");
            }
            inputs.add(input(model.original(name), name, depth, recipe.inputs().get(i), weights, isBase));
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

    private TensorPlan.Input input(
            String name, String output, double depth, Recipe.Input input, Weights weights, boolean isBase) {
        OptionalDouble given = recipe.resolve(input, recipe.method().factor(), name, depth);
        double weight = recipe.method().requiresWeight()
                ? given.orElseThrow(() -> new MergeException(
                        Reason.InvalidParameter,
                        "model " + input.model() + " has no weight for the tensor " + name
                                + ": write parameters: {weight: ...}."))
                : given.orElse(1);
        return new TensorPlan.Input(
                input.model(), weights, (float) weight, sparsifiers.of(name, output, depth, input), isBase);
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
                new Operation.TaskArithmetic(lambda, normalize);
            case TIES, BREADCRUMBS_TIES, DARE_TIES, DELLA -> new Operation.Ties(lambda, normalize);
            case SLERP -> new Operation.Slerp(required("t", name, depth));
            case NEARSWAP -> new Operation.NearSwap((float) required("t", name, depth));
            case NUSLERP -> new Operation.NuSlerp(nuslerpSplit(name, depth));
            case MULTISLERP ->
                new Operation.MultiSlerp(
                        flag("normalize_weights", true, name, depth),
                        recipe.resolve("eps", name, depth).orElse(1e-8));
            case MODEL_STOCK ->
                new Operation.ModelStock(
                        flag("filter_wise", false, name, depth) ? Operation.Split.ROWS : Operation.Split.NONE);
            case SCE -> new Operation.Sce(number("select_topk", 1, name, depth));
            case RAM -> new Operation.Ram(number("epsilon", 1e-5, name, depth), 0, 0);
            case RAMPLUS_TL ->
                new Operation.Ram(
                        number("epsilon", 1e-5, name, depth),
                        number("r", 0.1, name, depth),
                        number("alpha", 0.2, name, depth));
            case PASSTHROUGH -> new Operation.Scale(inputs.getFirst().weight());
        };
    }

    private Operation.Split nuslerpSplit(String name, double depth) {
        boolean whole = flag("nuslerp_flatten", true, name, depth);
        boolean columns = flag("nuslerp_row_wise", false, name, depth);
        if (whole && columns) {
            throw new MergeException(
                    Reason.InvalidParameter,
                    "tensor " + name + ": nuslerp_row_wise does nothing while nuslerp_flatten is true, its default: "
                            + "write nuslerp_flatten: false, or remove nuslerp_row_wise.");
        }
        return whole ? Operation.Split.NONE : columns ? Operation.Split.COLUMNS : Operation.Split.ROWS;
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
        Weights found = SharedHead.find(model, name);
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
