package io.paft.merge.recipe;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.recipe.Setting.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads the {@code parameters} of a recipe and of its models, for one method. */
final class ParameterReader {
    private static final Set<String> FLAGS = Set.of(
            "normalize",
            "int8_mask",
            "rescale",
            "normalize_weights",
            "nuslerp_flatten",
            "nuslerp_row_wise",
            "filter_wise");

    private final String file;
    private final Method method;

    ParameterReader(String file, Method method) {
        this.file = file;
        this.method = method;
    }

    /** Parameters of the recipe as a whole: shared ones, and those of inputs as defaults for all. */
    Map<String, Setting> shared(@Nullable Object node) {
        return defaults(node, "parameters");
    }

    /** The same for one slice. */
    Map<String, Setting> ofSlice(@Nullable Object node, String slice) {
        return defaults(node, slice + ".parameters");
    }

    private Map<String, Setting> defaults(@Nullable Object node, String where) {
        Set<String> allowed = new TreeSet<>(method.sharedParameters());
        allowed.addAll(method.inputParameters());
        return read(node, where, allowed);
    }

    /** Parameters of one model. */
    Map<String, Setting> ofInput(@Nullable Object node, String model) {
        return read(node, "parameters of " + model, method.inputParameters());
    }

    private Map<String, Setting> read(@Nullable Object node, String where, Set<String> allowed) {
        Map<String, Setting> found = new TreeMap<>();
        if (node == null) {
            return found;
        }
        if (!(node instanceof Map<?, ?> map)) {
            throw refused(where + " must be a mapping");
        }
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            String name = String.valueOf(entry.getKey());
            if (!allowed.contains(name)) {
                throw refused(unknown(name, where, allowed));
            }
            found.put(name, setting(entry.getValue(), name));
        }
        return found;
    }

    private String unknown(String name, String where, Set<String> allowed) {
        String known = "; known: " + String.join(", ", new TreeSet<>(allowed));
        if (method.sharedParameters().contains(name)) {
            return name + " belongs to the recipe's own parameters, not to one model's (" + where + ")";
        }
        if (name.equals("density") && (method == Method.LINEAR || method == Method.TASK_ARITHMETIC)) {
            return method.yamlName() + " keeps every element: remove density, or write merge_method: ties (" + where
                    + ")";
        }
        return "method " + method.yamlName() + " has no parameter " + name + " (" + where + ")" + known;
    }

    /** One parameter, of any form. */
    Setting setting(@Nullable Object node, String name) {
        if (node instanceof List<?> list && !list.isEmpty() && list.getFirst() instanceof Map<?, ?>) {
            List<Rule> rules = new ArrayList<>();
            for (Object item : list) {
                rules.add(rule(item, name));
            }
            return new Setting(rules);
        }
        if (node instanceof Map<?, ?>) {
            return new Setting(List.of(rule(node, name)));
        }
        return new Setting(List.of(new Rule(null, gradient(node, name))));
    }

    private Rule rule(Object item, String name) {
        if (!(item instanceof Map<?, ?> map)
                || !map.containsKey("value")
                || !map.keySet().stream().map(String::valueOf).allMatch(Set.of("filter", "value")::contains)) {
            throw refused(name + " must be a number, a list of numbers, or a list of {filter, value}");
        }
        Object filter = map.get("filter");
        return new Rule(filter == null ? null : filter.toString(), gradient(map.get("value"), name));
    }

    private List<Double> gradient(@Nullable Object node, String name) {
        if (!(node instanceof List<?> list)) {
            return List.of(number(node, name));
        }
        if (list.isEmpty() || (FLAGS.contains(name) && list.size() > 1)) {
            throw refused(
                    name + (list.isEmpty() ? " is an empty list" : " cannot change over the layers: write one value"));
        }
        List<Double> values = new ArrayList<>();
        for (Object item : list) {
            values.add(number(item, name));
        }
        return values;
    }

    /** YAML 1.1 reads {@code 5e-7} as a string; it is a number all the same. */
    private double number(@Nullable Object node, String name) {
        if (node instanceof Boolean flag && FLAGS.contains(name)) {
            return flag ? 1 : 0;
        }
        double value = Double.NaN;
        if (node instanceof Number number) {
            value = number.doubleValue();
        } else if (node instanceof String text) {
            try {
                value = Double.parseDouble(text);
            } catch (NumberFormatException e) {
                throw refused(name + " is " + node + "; a number belongs there");
            }
        }
        if (!Double.isFinite(value) || (FLAGS.contains(name) && value != 0 && value != 1)) {
            throw refused(name + " is " + node + "; " + (FLAGS.contains(name) ? "true or false" : "a number")
                    + " belongs there");
        }
        if (name.equals("density") && value < 0) {
            throw refused("density is " + node + "; it is the share of elements kept, 0 to 1");
        }
        if (name.equals("select_topk") && value < 0) {
            throw refused("select_topk is " + node + "; it is the share of elements selected, 0 to 1");
        }
        if (name.equals("epsilon") && value < 0) {
            throw refused("epsilon is " + node + "; a number of 0 or more belongs there");
        }
        if (name.equals("gamma") && (value < 0 || value > 1)) {
            throw refused("gamma is " + node + "; it is the share of the largest elements dropped, 0 to 1");
        }
        return value;
    }

    private MergeException refused(String what) {
        return new MergeException(Reason.InvalidParameter, file + ": " + what + ".");
    }
}
