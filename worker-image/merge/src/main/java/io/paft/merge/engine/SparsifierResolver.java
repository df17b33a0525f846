package io.paft.merge.engine;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.recipe.Recipe;
import io.paft.merge.recipe.Sparsify;

/** Finds for each tensor of each input how its delta is sparsified: by the input's own {@code sparsify}, else by the method. */
final class SparsifierResolver {
    private final Recipe recipe;

    SparsifierResolver(Recipe recipe) {
        this.recipe = recipe;
    }

    /**
     * For one tensor of one input.
     *
     * @param tensor its name in the model, which the filters of the input's parameters see
     * @param output its name in the output, which the filters of shared parameters see
     * @throws MergeException InvalidParameter for numbers that do not fit each other
     */
    Sparsifier of(String tensor, String output, double depth, Recipe.Input input) {
        Sparsify own = input.sparsify();
        return own == null ? byMethod(tensor, output, depth, input) : byInput(own, tensor, output, depth, input);
    }

    private Sparsifier byInput(Sparsify own, String tensor, String output, double depth, Recipe.Input input) {
        double density = own.resolve("density", tensor, depth).orElse(1);
        double lambda = own.resolve("lambda", tensor, depth).orElse(0);
        Sparsifier rule = switch (own.kind()) {
            case L1 -> lambda > 0 ? new Sparsifier.L1(lambda) : new Sparsifier.L1ToDensity(density);
            case MAGNITUDE -> new Sparsifier.Magnitude(density);
            case RANDOM -> new Sparsifier.Bernoulli(density);
            case OUTLIERS -> new Sparsifier.Outliers(density, gamma(own, tensor, depth));
        };
        if (density >= 1 && !(rule instanceof Sparsifier.L1)) {
            return new Sparsifier.All();
        }
        boolean rescale = own.resolve("rescale", tensor, depth)
                        .orElseGet(() -> recipe.resolve("rescale", output, depth)
                                .orElse(own.kind() == Sparsify.Kind.RANDOM ? 1 : 0))
                != 0;
        if (own.scope() == Sparsify.Scope.TENSOR) {
            return rescale ? new Sparsifier.Rescaled(rule) : rule;
        }
        if (rescale) {
            throw new MergeException(
                    Reason.InvalidParameter,
                    "sparsify of " + input.model() + " for the tensor " + tensor
                            + ": with scope: model a tensor may keep very little, and rescale would enlarge that to the norm of the whole: write rescale: false, or scope: tensor.");
        }
        return new Sparsifier.ModelWide(rule);
    }

    private static double gamma(Sparsify own, String tensor, double depth) {
        return own.resolve("gamma", tensor, depth).orElse(0.01);
    }

    private Sparsifier byMethod(String tensor, String output, double depth, Recipe.Input input) {
        double density = recipe.resolve(input, "density", tensor, depth).orElse(1);
        if (density >= 1) {
            return new Sparsifier.All();
        }
        Sparsifier rule = switch (recipe.method()) {
            case TIES -> new Sparsifier.Magnitude(density);
            case BREADCRUMBS, BREADCRUMBS_TIES ->
                new Sparsifier.Outliers(
                        density, recipe.resolve(input, "gamma", tensor, depth).orElse(0.01));
            case DARE_LINEAR, DARE_TIES -> new Sparsifier.Bernoulli(density);
            case DELLA, DELLA_LINEAR -> ranked(tensor, depth, input, density);
            default -> new Sparsifier.All();
        };
        boolean rescale =
                recipe.resolve("rescale", output, depth).orElse(recipe.method().rescaleDefault() ? 1 : 0) != 0;
        return rescale && !(rule instanceof Sparsifier.All) ? new Sparsifier.Rescaled(rule) : rule;
    }

    private Sparsifier ranked(String tensor, double depth, Recipe.Input input, double density) {
        double epsilon = recipe.resolve(input, "epsilon", tensor, depth).orElse(0.15);
        if (density == 0) {
            return new Sparsifier.Magnitude(0);
        }
        if (density - epsilon <= 0 || density + epsilon >= 1) {
            throw new MergeException(
                    Reason.InvalidParameter,
                    "density " + density + " and epsilon " + epsilon + " of " + input.model() + " for the tensor "
                            + tensor + " give probabilities outside 0 to 1: choose a smaller epsilon.");
        }
        return new Sparsifier.Ranked(density, epsilon);
    }
}
