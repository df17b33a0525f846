package io.paft.merge.stage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a candidate says of one branch, checked and with its defaults.
 *
 * @param values parameters by name; those that overrides say for every tensor are missing
 * @param overrides other numbers for some tensors
 * @param sparsify what is done to the delta first, complete; null when nothing is
 */
record BranchParameters(
        ObjectNode values, Overrides overrides, @Nullable ObjectNode sparsify) {
    private static final Set<String> SPARSIFY = Set.of("method", "density", "lambda", "gamma", "rescale", "scope");
    private static final Set<String> METHODS = Set.of("L1", "Magnitude", "Random", "Outliers");
    private static final String RANDOM = "Random";

    /**
     * Reads one.
     *
     * @param field {@code sft} or {@code preference}
     * @param node what is there; missing when nothing is
     */
    static BranchParameters of(CandidateMethod method, String field, JsonNode node) {
        if (!node.isMissingNode() && !node.isObject()) {
            throw ParameterCheck.invalid(field + " is " + node + "; write " + field + ": {weight: ...}");
        }
        ObjectNode written = node instanceof ObjectNode object ? object : Json.object();
        Map<String, JsonNode> defaults = method.ofBranch();
        checkKnown(method, field, written, defaults.keySet());
        Overrides overrides = Overrides.of(written, field + ".", defaults.keySet(), method.apiName());
        boolean sparsifies = written.has("sparsify");
        ObjectNode values = Json.object();
        defaults.forEach((name, otherwise) -> {
            String path = field + "." + name;
            if (written.has(name)) {
                ParameterCheck.number(written.path(name), name, path, false);
                values.set(name, written.path(name));
            } else if (overrides.coverAll(name)) {
                return;
            } else if (otherwise.isMissingNode()) {
                throw ParameterCheck.invalid(path + " is missing: write " + field + ": {" + name + ": ...}");
            } else if (!sparsifies) {
                values.set(name, otherwise);
            }
        });
        return new BranchParameters(values, overrides, sparsifies ? sparsify(written, field) : null);
    }

    /** True when elements are thrown away at random before the method sees the delta. */
    boolean isRandom() {
        return sparsify != null && sparsify.path("method").asText().equals(RANDOM);
    }

    /** For the manifest. */
    ObjectNode resolved(ObjectNode written) {
        ObjectNode node = values.deepCopy();
        if (sparsify != null) {
            node.set("sparsify", sparsify);
        }
        if (!overrides.all().isEmpty()) {
            node.set("overrides", written.path("overrides"));
        }
        return node;
    }

    private static void checkKnown(CandidateMethod method, String field, ObjectNode written, Set<String> parameters) {
        if (written.has("density") && !parameters.contains("density")) {
            throw ParameterCheck.invalid(
                    method.apiName() + " keeps every element: remove " + field + ".density, or write method: TIES");
        }
        Set<String> known = new LinkedHashSet<>(parameters);
        known.add("overrides");
        if (method.takesDeltas()) {
            known.add("sparsify");
        }
        ParameterCheck.known(written, field + ".", known, method.apiName());
        if (written.has("sparsify")) {
            for (String name : parameters) {
                boolean overridden = Overrides.written(written).stream()
                        .anyMatch(item -> item.path("parameter").asText().equals(name));
                if (!name.equals("weight") && (written.has(name) || overridden)) {
                    throw ParameterCheck.invalid(
                            field + ".sparsify takes the place of " + name + ": remove one of the two");
                }
            }
        }
    }

    private static ObjectNode sparsify(ObjectNode owner, String field) {
        String path = field + ".sparsify";
        if (!(owner.path("sparsify") instanceof ObjectNode written)) {
            throw ParameterCheck.invalid(
                    path + " is " + owner.path("sparsify") + "; write {method: Magnitude, density: ...}");
        }
        ParameterCheck.known(written, path + ".", SPARSIFY, "sparsify");
        String method = written.path("method").asText();
        if (!METHODS.contains(method)) {
            throw ParameterCheck.invalid(
                    path + ".method is " + written.path("method") + "; write L1, Magnitude, Random or Outliers");
        }
        boolean l1 = method.equals("L1");
        if (l1 && written.has("density") == written.has("lambda")) {
            throw ParameterCheck.invalid(path + ": L1 needs one of the two, density or lambda");
        }
        if (!l1 && (written.has("lambda") || !written.has("density"))) {
            throw ParameterCheck.invalid(path + ": " + method + " needs density and has no lambda");
        }
        if (written.has("gamma") && !method.equals("Outliers")) {
            throw ParameterCheck.invalid(path + ": " + method + " drops no outliers: remove gamma");
        }
        for (String name : Set.of("density", "gamma", "lambda")) {
            if (written.has(name)) {
                ParameterCheck.number(written.path(name), name, path + "." + name, false);
            }
        }
        if (written.path("lambda").asDouble(1) <= 0) {
            throw ParameterCheck.invalid(path + ".lambda is " + written.path("lambda") + "; write a number above 0");
        }
        return complete(written, path, method);
    }

    private static ObjectNode complete(ObjectNode written, String path, String method) {
        ObjectNode complete = Json.object().put("method", method);
        for (String name : new String[] {"density", "lambda"}) {
            if (written.has(name)) {
                complete.set(name, written.path(name));
            }
        }
        if (method.equals("Outliers")) {
            complete.put("gamma", written.path("gamma").asDouble(0.01));
        }
        if (written.has("rescale")) {
            ParameterCheck.flag(written.path("rescale"), path + ".rescale");
        }
        complete.put("rescale", written.path("rescale").asBoolean(method.equals(RANDOM)));
        String scope = written.path("scope").asText("Tensor");
        if (!scope.equals("Tensor") && !scope.equals("Model")) {
            throw ParameterCheck.invalid(path + ".scope is " + written.path("scope") + "; write Tensor or Model");
        }
        if (method.equals(RANDOM) && written.has("scope")) {
            throw ParameterCheck.invalid(path + ": Random has no scope: remove it");
        }
        if (scope.equals("Model")
                && (written.has("lambda") || complete.path("rescale").asBoolean())) {
            throw ParameterCheck.invalid(path
                    + ": scope Model goes neither with lambda nor with rescale: remove them, or write scope: Tensor");
        }
        if (!method.equals(RANDOM)) {
            complete.put("scope", scope);
        }
        return complete;
    }
}
