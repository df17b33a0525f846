package io.paft.merge.stage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.recipe.Method;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a merge stage, checked and with their defaults.
 *
 * @param method how to merge
 * @param lambda factor of the fused delta
 * @param normalize divide by the weights that contribute
 * @param sft the SFT branch
 * @param preference the preference branch
 * @param outputDtype PyTorch's name; null: that of the base model
 */
record MergeParameters(
        Method method,
        double lambda,
        boolean normalize,
        Branch sft,
        Branch preference,
        @Nullable String outputDtype) {
    private static final Map<String, Method> METHODS =
            Map.of("Linear", Method.LINEAR, "TaskArithmetic", Method.TASK_ARITHMETIC, "TIES", Method.TIES);
    private static final Set<String> KNOWN =
            Set.of("name", "method", "lambda", "normalize", "sft", "preference", "outputDtype");
    private static final Set<String> DTYPES = Set.of("float32", "bfloat16", "float16");

    /** One branch: its factor, and the share of its delta's elements to keep. */
    record Branch(double weight, double density) {}

    /**
     * Reads them.
     *
     * @throws MergeException InvalidParameter with the field and what to write
     */
    static MergeParameters of(ObjectNode node) {
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            if (!KNOWN.contains(field.getKey())) {
                throw invalid("unknown parameter " + field.getKey());
            }
        }
        String name = node.path("method").asText();
        Method method = METHODS.get(name);
        if (method == null) {
            throw invalid(
                    "method " + node.path("method") + " is not supported; supported: Linear, TaskArithmetic, TIES");
        }
        if (method == Method.LINEAR && node.has("lambda")) {
            throw invalid("Linear has no delta to scale: remove lambda, or write method: TaskArithmetic");
        }
        JsonNode normalize = node.path("normalize");
        if (!normalize.isMissingNode() && !normalize.isBoolean()) {
            throw invalid("normalize is " + normalize + "; write true or false");
        }
        JsonNode dtype = node.path("outputDtype");
        if (!dtype.isMissingNode() && !DTYPES.contains(dtype.asText())) {
            throw invalid("outputDtype is " + dtype + "; write float32, bfloat16 or float16");
        }
        return new MergeParameters(
                method,
                number(node.path("lambda"), "lambda", 1.0),
                normalize.asBoolean(method.normalizeDefault()),
                branch(node.path("sft"), "sft", name),
                branch(node.path("preference"), "preference", name),
                dtype.isMissingNode() ? null : dtype.asText());
    }

    /** All of them, defaults included, for the manifest. */
    ObjectNode resolved(String dtype) {
        ObjectNode node = Json.object();
        METHODS.forEach((name, value) -> {
            if (value == method) {
                node.put("method", name);
            }
        });
        if (method != Method.LINEAR) {
            node.put("lambda", lambda);
        }
        node.put("normalize", normalize);
        put(node.putObject("sft"), sft);
        put(node.putObject("preference"), preference);
        node.put("outputDtype", dtype);
        return node;
    }

    private void put(ObjectNode node, Branch branch) {
        node.put("weight", branch.weight());
        if (method == Method.TIES) {
            node.put("density", branch.density());
        }
    }

    private static Branch branch(JsonNode node, String field, String method) {
        if (!node.isObject()) {
            throw invalid(field + " is missing: write " + field + ": {weight: ...}");
        }
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            if (!entry.getKey().equals("weight") && !entry.getKey().equals("density")) {
                throw invalid("unknown parameter " + field + "." + entry.getKey() + "; known: weight, density");
            }
        }
        if (node.has("density") && !method.equals("TIES")) {
            throw invalid(method + " keeps every element: remove " + field + ".density, or write method: TIES");
        }
        if (!node.has("weight")) {
            throw invalid(field + ".weight is missing");
        }
        double density = number(node.path("density"), field + ".density", 1.0);
        if (density <= 0 || density > 1) {
            throw invalid(field + ".density is " + density + "; write a number above 0 and at most 1");
        }
        return new Branch(number(node.path("weight"), field + ".weight", 1.0), density);
    }

    private static double number(JsonNode node, String field, double otherwise) {
        if (node.isMissingNode()) {
            return otherwise;
        }
        if (!node.isNumber() || !Double.isFinite(node.doubleValue())) {
            throw invalid(field + " is " + node + "; write a number");
        }
        return node.doubleValue();
    }

    private static MergeException invalid(String what) {
        return new MergeException(Reason.InvalidParameter, what + ".");
    }
}
