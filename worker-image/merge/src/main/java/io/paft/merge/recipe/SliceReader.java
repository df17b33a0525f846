package io.paft.merge.recipe;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.recipe.Recipe.Input;
import io.paft.merge.recipe.Slice.Source;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads the {@code slices} of a recipe. */
final class SliceReader {
    private final String file;
    private final ParameterReader parameters;
    private final SparsifyReader sparsify;

    SliceReader(String file, ParameterReader parameters, SparsifyReader sparsify) {
        this.file = file;
        this.parameters = parameters;
        this.sparsify = sparsify;
    }

    /** The slices in the order of the output's layers. */
    List<Slice> read(@Nullable Object node) {
        if (!(node instanceof List<?> list) || list.isEmpty()) {
            throw refused("slices must list at least one slice: {sources: [{model, layer_range}]}");
        }
        List<Slice> slices = new ArrayList<>();
        for (Object item : list) {
            slices.add(slice(item, "slices[" + slices.size() + "]"));
        }
        return slices;
    }

    private Slice slice(@Nullable Object node, String where) {
        Map<?, ?> slice = map(node, where, Set.of("sources", "parameters", "base_model"));
        if (!(slice.get("sources") instanceof List<?> list) || list.isEmpty()) {
            throw refused(where + ".sources is missing: list at least one {model, layer_range}");
        }
        Map<String, Setting> shared = parameters.ofSlice(slice.get("parameters"), where);
        String base = slice.get("base_model") == null ? null : text(slice.get("base_model"), where + ".base_model");
        SparsifyReader sparsifyHere = sparsify.within(base, shared);
        List<Source> sources = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Object item : list) {
            Source source = source(item, where + ".sources[" + sources.size() + "]", sparsifyHere);
            if (!seen.add(source.input().model())) {
                throw refused(
                        where + " names the model " + source.input().model()
                                + " twice: a slice merges layers of different models; put the second range into a slice of its own");
            }
            sources.add(source);
        }
        Slice found = new Slice(sources, shared, base);
        for (Source source : sources) {
            if (source.to() - source.from() != found.layers()) {
                throw refused(where + " merges layer_range " + range(sources.getFirst()) + " of "
                        + sources.getFirst().input().model() + " with " + range(source) + " of "
                        + source.input().model() + ": all ranges of a slice must have the same number of layers");
            }
        }
        return found;
    }

    private Source source(@Nullable Object node, String where, SparsifyReader sparsifyHere) {
        Map<?, ?> source = map(node, where, Set.of("model", "layer_range", "parameters", "sparsify"));
        String model = text(source.get("model"), where + ".model");
        Object range = source.get("layer_range");
        if (!(range instanceof List<?> list)
                || list.size() != 2
                || !(list.getFirst() instanceof Integer from)
                || !(list.getLast() instanceof Integer to)) {
            throw refused(where + ".layer_range is " + (range == null ? "missing" : range)
                    + ": write [first, end], two numbers of layers, the end not included");
        }
        if (from < 0 || to <= from) {
            throw refused(where + ".layer_range is " + range
                    + ": the first layer must be 0 or more and less than the end, which is not included");
        }
        Map<String, Setting> own = parameters.ofInput(source.get("parameters"), model);
        return new Source(new Input(model, own, sparsifyHere.ofInput(source.get("sparsify"), model, own)), from, to);
    }

    private static String range(Source source) {
        return "[" + source.from() + ", " + source.to() + "]";
    }

    private Map<?, ?> map(@Nullable Object node, String where, Set<String> known) {
        if (!(node instanceof Map<?, ?> map)) {
            throw refused(where + " must be a mapping");
        }
        for (Object key : map.keySet()) {
            if (!known.contains(String.valueOf(key))) {
                throw refused(
                        "unknown key " + key + " in " + where + "; known: " + String.join(", ", new TreeSet<>(known)));
            }
        }
        return map;
    }

    private String text(@Nullable Object node, String key) {
        if (node instanceof String string && !string.isBlank()) {
            return string;
        }
        throw refused(key + (node == null ? " is missing" : " must be a string, not " + node));
    }

    private MergeException refused(String what) {
        return new MergeException(Reason.InvalidParameter, file + ": " + what + ".");
    }
}
