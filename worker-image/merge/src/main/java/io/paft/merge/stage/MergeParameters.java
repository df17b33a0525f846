package io.paft.merge.stage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.MergeException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a merge stage, checked and with their defaults.
 *
 * @param method how to merge
 * @param values parameters of the merge as a whole, by name; those that overrides say for every tensor are missing
 * @param overrides other numbers for some tensors
 * @param sft the SFT branch
 * @param preference the preference branch
 * @param seed of random masks; null when nothing is random
 * @param outputDtype PyTorch's name; null: that of the base model
 * @param allowNaN go on with NaN and infinities, and count them
 */
record MergeParameters(
        CandidateMethod method,
        ObjectNode values,
        Overrides overrides,
        BranchParameters sft,
        BranchParameters preference,
        @Nullable Long seed,
        @Nullable String outputDtype,
        boolean allowNaN) {
    private static final List<String> OTHERS =
            List.of("name", "method", "sft", "preference", "outputDtype", "seed", "allowNaN");
    private static final Set<String> DTYPES = Set.of("float32", "bfloat16", "float16");

    /**
     * Reads them.
     *
     * @throws MergeException InvalidParameter with the field and what to write
     */
    static MergeParameters of(ObjectNode node) {
        CandidateMethod method = CandidateMethod.parse(node.path("method").asText())
                .orElseThrow(() -> ParameterCheck.invalid("method " + node.path("method")
                        + " is not supported; supported: " + CandidateMethod.supported()));
        checkKnown(node, method);
        Overrides overrides = Overrides.of(node, "", numbers(method), method.apiName());
        BranchParameters sft = BranchParameters.of(method, "sft", node.path("sft"));
        BranchParameters preference = BranchParameters.of(method, "preference", node.path("preference"));
        boolean random = method.isRandom() || sft.isRandom() || preference.isRandom();
        return new MergeParameters(
                method,
                values(node, method, overrides),
                overrides,
                sft,
                preference,
                seed(node, random),
                dtype(node),
                allowNaN(node));
    }

    /**
     * Refuses overrides that count for no tensor.
     *
     * @param tensors names of all tensors of the merge
     */
    void checkAgainst(Collection<String> tensors) {
        for (Overrides each : List.of(overrides, sft.overrides(), preference.overrides())) {
            each.checkAgainst(tensors);
        }
    }

    /** All of them, defaults included, for the manifest. */
    ObjectNode resolved(ObjectNode asked, String dtype) {
        ObjectNode node = Json.object().put("method", method.apiName());
        node.setAll(values);
        if (!overrides.all().isEmpty()) {
            node.set("overrides", asked.path("overrides"));
        }
        if (seed != null) {
            node.put("seed", seed);
        }
        node.set("sft", sft.resolved(asked.path("sft").isObject() ? (ObjectNode) asked.path("sft") : Json.object()));
        node.set(
                "preference",
                preference.resolved(
                        asked.path("preference").isObject() ? (ObjectNode) asked.path("preference") : Json.object()));
        node.put("outputDtype", dtype);
        node.put("allowNaN", allowNaN);
        return node;
    }

    private static void checkKnown(ObjectNode node, CandidateMethod method) {
        if (method == CandidateMethod.LINEAR && node.has("lambda")) {
            throw ParameterCheck.invalid(
                    "Linear has no delta to scale: remove lambda, or write method: TaskArithmetic");
        }
        Set<String> known = new LinkedHashSet<>(OTHERS);
        known.addAll(method.shared().keySet());
        known.add("overrides");
        ParameterCheck.known(node, "", known, method.apiName());
    }

    /** Names of the shared parameters that are numbers. */
    private static Set<String> numbers(CandidateMethod method) {
        return method.shared().entrySet().stream()
                .filter(entry -> !entry.getValue().isBoolean())
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static ObjectNode values(ObjectNode node, CandidateMethod method, Overrides overrides) {
        ObjectNode values = Json.object();
        method.shared().forEach((name, otherwise) -> {
            JsonNode written = node.path(name);
            if (!written.isMissingNode()) {
                if (otherwise.isBoolean()) {
                    ParameterCheck.flag(written, name);
                } else {
                    ParameterCheck.number(written, name, name, false);
                }
                values.set(name, written);
            } else if (!overrides.coverAll(name)) {
                if (otherwise.isMissingNode()) {
                    throw ParameterCheck.invalid(name + " is missing: " + method.apiName() + " needs it");
                }
                values.set(name, otherwise);
            }
        });
        return values;
    }

    private static @Nullable Long seed(ObjectNode node, boolean random) {
        JsonNode seed = node.path("seed");
        if (seed.isMissingNode()) {
            return random ? 0L : null;
        }
        if (!random) {
            throw ParameterCheck.invalid("nothing is random here: remove seed");
        }
        if (!seed.canConvertToExactIntegral() || !seed.canConvertToLong() || seed.longValue() < 0) {
            throw ParameterCheck.invalid("seed is " + seed + "; write a whole number of 0 or more");
        }
        return seed.longValue();
    }

    private static boolean allowNaN(ObjectNode node) {
        JsonNode allowed = node.path("allowNaN");
        if (!allowed.isMissingNode()) {
            ParameterCheck.flag(allowed, "allowNaN");
        }
        return allowed.asBoolean();
    }

    private static @Nullable String dtype(ObjectNode node) {
        JsonNode dtype = node.path("outputDtype");
        if (dtype.isMissingNode()) {
            return null;
        }
        if (!DTYPES.contains(dtype.asText())) {
            throw ParameterCheck.invalid("outputDtype is " + dtype + "; write float32, bfloat16 or float16");
        }
        return dtype.asText();
    }
}
