package io.paft.merge.stage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Other numbers for some tensors: of the candidate, or of one branch. In the order written; the first that matches counts.
 *
 * @param where path of the owner: empty, or {@code sft.} and the like
 * @param all in the order written
 */
record Overrides(String where, List<TensorRule> all) {
    private static final Set<String> KNOWN = Set.of("parameter", "filter", "value", "gradient");

    Overrides {
        all = List.copyOf(all);
    }

    /**
     * One of them.
     *
     * @param path of it, for messages
     * @param filter part of the tensor's name; null matches every tensor
     * @param values one number, or several that are spread over the layers
     */
    record TensorRule(
            String path, String parameter, @Nullable String filter, List<Double> values) {
        TensorRule {
            values = List.copyOf(values);
        }

        boolean matches(String tensor) {
            return filter == null || tensor.contains(filter);
        }
    }

    /**
     * Reads them.
     *
     * @param owner has {@code overrides}, or not
     * @param where path of the owner
     * @param parameters that may differ between tensors
     * @param method for messages
     */
    static Overrides of(ObjectNode owner, String where, Collection<String> parameters, String method) {
        JsonNode node = owner.path("overrides");
        if (!node.isMissingNode() && !node.isArray()) {
            throw ParameterCheck.invalid(where + "overrides is no list");
        }
        List<TensorRule> all = new ArrayList<>();
        for (JsonNode item : node) {
            String path = where + "overrides[" + all.size() + "]";
            if (!(item instanceof ObjectNode override)) {
                throw ParameterCheck.invalid(path + " is " + item + "; write {parameter, filter, value}");
            }
            all.add(one(override, path, parameters, method));
        }
        Overrides overrides = new Overrides(where, all);
        overrides.checkOrder(owner);
        return overrides;
    }

    private static TensorRule one(ObjectNode node, String path, Collection<String> parameters, String method) {
        ParameterCheck.known(node, path + ".", KNOWN, "an override");
        String parameter = node.path("parameter").asText();
        if (!parameters.contains(parameter)) {
            throw ParameterCheck.invalid(path + ".parameter is " + node.path("parameter") + ", but " + method
                    + (parameters.isEmpty()
                            ? " has none that may differ between tensors here"
                            : " has here " + String.join(", ", parameters)));
        }
        if (node.has("value") == node.has("gradient")) {
            throw ParameterCheck.invalid(path + " needs one of the two: value, or gradient");
        }
        if (node.has("filter")
                && (!node.path("filter").isTextual()
                        || node.path("filter").asText().isEmpty())) {
            throw ParameterCheck.invalid(path + ".filter is " + node.path("filter")
                    + "; write part of the names of tensors, such as mlp, or leave it out for all");
        }
        List<Double> values = new ArrayList<>();
        if (node.has("value")) {
            ParameterCheck.number(node.path("value"), parameter, path + ".value", true);
            values.add(node.path("value").doubleValue());
        } else {
            if (!node.path("gradient").isArray() || node.path("gradient").size() < 2) {
                throw ParameterCheck.invalid(path + ".gradient is " + node.path("gradient")
                        + "; write a list of at least 2 numbers, or value");
            }
            for (JsonNode number : node.path("gradient")) {
                ParameterCheck.number(number, parameter, path + ".gradient", true);
                values.add(number.doubleValue());
            }
        }
        return new TensorRule(
                path, parameter, node.has("filter") ? node.path("filter").asText() : null, values);
    }

    /** What stands after an override of every tensor would never count. */
    private void checkOrder(ObjectNode owner) {
        Map<String, String> everywhere = new LinkedHashMap<>();
        for (TensorRule override : all) {
            String before = everywhere.get(override.parameter());
            if (before != null) {
                throw ParameterCheck.invalid(
                        override.path() + " never counts: " + before + " has no filter and takes every tensor");
            }
            if (override.filter() == null) {
                everywhere.put(override.parameter(), override.path());
                if (owner.has(override.parameter())) {
                    throw ParameterCheck.invalid(where + override.parameter() + " never counts: " + override.path()
                            + " has no filter and takes every tensor; remove one of the two");
                }
            }
        }
    }

    /** True when they say this parameter for every tensor, so that it needs no number of its own. */
    boolean coverAll(String parameter) {
        return all.stream().anyMatch(override -> override.parameter().equals(parameter) && override.filter() == null);
    }

    /**
     * The value of a parameter as recipes have it.
     *
     * @param plain its own value; null when {@link #coverAll}
     */
    Object recipe(String parameter, @Nullable Object plain) {
        List<Object> rules = new ArrayList<>();
        for (TensorRule override : all) {
            if (override.parameter().equals(parameter)) {
                Map<String, Object> rule = new LinkedHashMap<>();
                if (override.filter() != null) {
                    rule.put("filter", override.filter());
                }
                rule.put(
                        "value",
                        override.values().size() == 1 ? override.values().getFirst() : override.values());
                rules.add(rule);
            }
        }
        if (plain == null) {
            return rules;
        }
        if (rules.isEmpty()) {
            return plain;
        }
        rules.add(Map.of("value", plain));
        return rules;
    }

    /**
     * Refuses an override that counts for no tensor: a misspelt filter must not pass for a merge.
     *
     * @param tensors names of all tensors of the merge
     */
    void checkAgainst(Collection<String> tensors) {
        Map<String, Set<String>> left = new LinkedHashMap<>();
        for (TensorRule override : all) {
            Set<String> mine = left.computeIfAbsent(override.parameter(), name -> new LinkedHashSet<>(tensors));
            if (mine.removeIf(override::matches)) {
                continue;
            }
            if (tensors.stream().anyMatch(override::matches)) {
                throw ParameterCheck.invalid(
                        override.path() + " never counts: overrides before it take all tensors with "
                                + override.filter() + " in their names; write it before them");
            }
            String example = tensors.stream().findFirst().orElse("");
            throw ParameterCheck.invalid(override.path() + ".filter is " + override.filter()
                    + ", which is part of no tensor's name; they are named like " + example);
        }
    }

    /** As a person wrote them; empty when there are none. */
    static List<JsonNode> written(ObjectNode owner) {
        return StreamSupport.stream(owner.path("overrides").spliterator(), false)
                .toList();
    }
}
