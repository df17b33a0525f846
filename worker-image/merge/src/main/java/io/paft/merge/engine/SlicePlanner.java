package io.paft.merge.engine;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.Model;
import io.paft.merge.recipe.LayerName;
import io.paft.merge.recipe.Layers;
import io.paft.merge.recipe.Recipe;
import io.paft.merge.recipe.Slice;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Plans a merge of slices: each slice is planned like a merge of whole models, of which only the layers of its ranges
 * are seen, under the numbers that they get in the output.
 */
final class SlicePlanner {
    private final Recipe recipe;
    private final ModelSet set;
    private final Model template;
    private final List<TensorPlan> tensors = new ArrayList<>();
    private final List<LayerOrigin> origins = new ArrayList<>();

    SlicePlanner(Recipe recipe, ModelSet set, Model template) {
        this.recipe = recipe;
        this.set = set;
        this.template = template;
    }

    /** Plans every tensor of the output; {@link #origins} is known afterwards. */
    List<TensorPlan> tensors() {
        for (int i = 0; i < recipe.slices().size(); i++) {
            add(
                    recipe.slices().get(i),
                    "slices[" + i + "]",
                    i == 0,
                    i == recipe.slices().size() - 1);
        }
        return tensors;
    }

    /** Per layer of the output, the model and the layer whose configuration it has. */
    List<LayerOrigin> origins() {
        return origins;
    }

    private void add(Slice slice, String where, boolean first, boolean last) {
        Recipe part = recipe.of(slice);
        int start = origins.size();
        List<Model> views = new ArrayList<>();
        Model base = null;
        Slice.Source leading = slice.sources().getFirst();
        for (Slice.Source source : slice.sources()) {
            Model model = set.open(source.input().model());
            check(model, source, where);
            Model view = new SlicedModel(model, source.from(), source.to(), start, first, last);
            views.add(view);
            if (source.input().model().equals(part.baseModel())) {
                base = view;
                leading = source;
            }
        }
        Model leader = set.open(leading.input().model());
        for (int layer = leading.from(); layer < leading.to(); layer++) {
            origins.add(new LayerOrigin(leader, layer));
        }
        Set<String> more = new HashSet<>();
        if (last && template.tensorNames().contains(SharedHead.NAME)) {
            more.add(SharedHead.NAME);
        }
        tensors.addAll(new Planner(part, base, views, new Layers(slice.layers(), start)).tensors(more));
    }

    private void check(Model model, Slice.Source source, String where) {
        Set<String> stacks = stacks(model);
        if (stacks.size() > 1) {
            throw refused(model.name() + " has several stacks of layers (" + String.join(", ", stacks)
                    + "): slices can be taken of models with one; list it whole under models");
        }
        if (!stacks.equals(stacks(template))) {
            throw refused(where + ": the layers of " + model.name() + " are called "
                    + String.join(", ", stacks) + ", those of " + template.name() + " "
                    + String.join(", ", stacks(template)) + ": the models are not of one architecture");
        }
        int layers = Layers.of(model.config(), model.tensorNames()).count();
        if (source.to() > layers) {
            throw refused(where + ": layer_range [" + source.from() + ", " + source.to() + "] goes beyond "
                    + model.name() + ", which has " + layers + " layers: the end may be at most " + layers);
        }
        for (String name : model.tensorNames()) {
            if (recipe.slices().size() > 1 && LayerName.parse(name).isEmpty() && !OuterTensors.isKnown(name)) {
                throw refused(
                        "the tensor " + name + " of " + model.name()
                                + " lies in no layer, and it is not known whether it comes before or after them: only one slice can be merged of this architecture");
            }
        }
    }

    private static Set<String> stacks(Model model) {
        Set<String> found = new TreeSet<>();
        model.tensorNames().forEach(name -> LayerName.parse(name).ifPresent(layer -> found.add(layer.stack())));
        return found;
    }

    private static MergeException refused(String what) {
        return new MergeException(Reason.InvalidParameter, what + ".");
    }
}
