package io.paft.merge.engine;

import io.paft.merge.checkpoint.Model;
import io.paft.merge.checkpoint.ModelFile;
import io.paft.merge.checkpoint.Weights;
import io.paft.merge.recipe.LayerName;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Some layers of a model, under the names that they have in the output. */
final class SlicedModel implements Model {
    private final Model model;
    /** Name in the output to name in the model. */
    private final SortedMap<String, String> names;

    /**
     * A view.
     *
     * @param model what it is a part of
     * @param from the first layer
     * @param to the layer after the last one
     * @param first the number of the first layer in the output
     * @param before with what comes before the layers
     * @param after with what comes after them
     */
    SlicedModel(Model model, int from, int to, int first, boolean before, boolean after) {
        this.model = model;
        this.names = new TreeMap<>();
        for (String name : model.tensorNames()) {
            Optional<LayerName> layer = LayerName.parse(name);
            if (layer.isPresent()) {
                int index = layer.get().index();
                if (index >= from && index < to) {
                    names.put(layer.get().at(index - from + first).text(), name);
                }
            } else if (OuterTensors.isBefore(name) ? before : after) {
                names.put(name, name);
            }
        }
    }

    @Override
    public String name() {
        return model.name();
    }

    @Override
    public Path directory() {
        return model.directory();
    }

    @Override
    public List<ModelFile> files() {
        return model.files();
    }

    @Override
    public SortedSet<String> tensorNames() {
        return Collections.unmodifiableSortedSet(new TreeSet<>(names.keySet()));
    }

    /** The tensor of this name in the output; a head that the model shares with its embedding also without its own name. */
    @Override
    public @Nullable Weights find(String tensor) {
        return SharedHead.find(model, original(tensor));
    }

    @Override
    public String original(String tensor) {
        return names.getOrDefault(tensor, tensor);
    }
}
