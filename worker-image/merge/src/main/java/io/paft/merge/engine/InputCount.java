package io.paft.merge.engine;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.Model;
import io.paft.merge.recipe.Method;
import io.paft.merge.recipe.Recipe;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Checks that a method has the models that it needs when those that are the base model by another name do not count. */
final class InputCount {
    private InputCount() {}

    /**
     * A recipe is checked by names when it is read; only models that are open show that two names are one directory.
     *
     * @param models the recipe's inputs, open
     * @throws MergeException InvalidParameter
     */
    static void check(Recipe recipe, @Nullable Model base, List<Model> models) {
        Method method = recipe.method();
        long count = models.stream()
                .filter(model -> !method.takesDeltas() || model != base)
                .count();
        String same = IntStream.range(0, models.size())
                .filter(i -> models.get(i) == base)
                .mapToObj(i -> recipe.inputs().get(i).model())
                .filter(name -> !name.equals(recipe.baseModel()))
                .map(name -> name + " is " + recipe.baseModel())
                .collect(Collectors.joining(", "));
        method.refuses(count, "models").ifPresent(why -> {
            throw new MergeException(Reason.InvalidParameter, why + (same.isEmpty() ? "" : ": " + same) + ".");
        });
    }
}
