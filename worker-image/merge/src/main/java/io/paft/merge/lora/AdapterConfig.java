package io.paft.merge.lora;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * What adapter_config.json says about scale and layout. Everything that would change the delta in a way that the engine
 * does not compute is refused by name.
 *
 * @param rank r
 * @param alpha lora_alpha
 * @param rankPattern regular expression of module names to r; the first match wins
 * @param alphaPattern the same for lora_alpha
 * @param rankStabilised use_rslora
 * @param fanInFanOut weights are stored as (in, out)
 */
public record AdapterConfig(
        double rank,
        double alpha,
        Map<Pattern, Double> rankPattern,
        Map<Pattern, Double> alphaPattern,
        boolean rankStabilised,
        boolean fanInFanOut) {
    private static final Set<String> CHANGED_BASE = Set.of("pissa", "olora", "corda", "loftq", "lora_ga");
    private static final Set<String> REFUSED = Set.of(
            "lora_bias",
            "layer_replication",
            "target_parameters",
            "trainable_token_indices",
            "alora_invocation_tokens");
    /** Settings of initialisations, which have their own check, and of training; any other one makes a variant of LoRA. */
    private static final Set<String> HARMLESS =
            Set.of("loftq_config", "eva_config", "corda_config", "lora_ga_config", "megatron_config", "runtime_config");

    /**
     * Reads the configuration.
     *
     * @param file what to call it in messages
     * @throws MergeException ModelInvalid when a field is missing or is one that the engine does not merge
     */
    public static AdapterConfig read(ObjectNode config, String file) {
        if (!config.path("peft_type").asText().equals("LORA")) {
            throw refused(file, "peft_type is " + config.path("peft_type") + "; only LORA adapters can be merged");
        }
        for (Map.Entry<String, JsonNode> field : config.properties()) {
            if ((isVariant(field.getKey()) || REFUSED.contains(field.getKey())) && isSet(field.getValue())) {
                throw refused(
                        file,
                        field.getKey()
                                + " is set: merging such adapters is not supported. Merge it into its base with PEFT and use the full checkpoint");
            }
        }
        String init = config.path("init_lora_weights").asText("").toLowerCase(Locale.ROOT);
        for (String changed : CHANGED_BASE) {
            if (init.startsWith(changed)) {
                throw refused(
                        file,
                        "init_lora_weights is " + init
                                + ", which changed the base model. Convert the adapter with PEFT's save_pretrained(path_initial_model_for_weight_conversion=...)");
            }
        }
        return new AdapterConfig(
                positive(config.path("r"), "r", file),
                positive(config.path("lora_alpha"), "lora_alpha", file),
                patterns(config.path("rank_pattern"), "rank_pattern", file),
                patterns(config.path("alpha_pattern"), "alpha_pattern", file),
                flag(config.path("use_rslora"), "use_rslora", file),
                flag(config.path("fan_in_fan_out"), "fan_in_fan_out", file));
    }

    /** Variants of LoRA, those that are not known here included: {@code use_dora}, {@code kasa_config} and so on. */
    private static boolean isVariant(String field) {
        return (field.startsWith("use_") && !field.equals("use_rslora"))
                || (field.endsWith("_config") && !HARMLESS.contains(field));
    }

    /** The rank of a module: rank_pattern, or r. */
    public double rankOf(String module) {
        return lookup(rankPattern, module, rank);
    }

    /** The factor of B A for a module: alpha / r, with rank-stabilised LoRA alpha / sqrt(r). */
    public float scaleOf(String module) {
        double r = rankOf(module);
        return (float) (lookup(alphaPattern, module, alpha) / (rankStabilised ? Math.sqrt(r) : r));
    }

    private static double lookup(Map<Pattern, Double> patterns, String module, double otherwise) {
        for (Map.Entry<Pattern, Double> entry : patterns.entrySet()) {
            if (PatternGuard.matches(entry.getKey(), module)) {
                return entry.getValue();
            }
        }
        return otherwise;
    }

    /** PEFT matches a pattern against the end of the module's name, at a dot. */
    private static Map<Pattern, Double> patterns(JsonNode node, String field, String file) {
        Map<Pattern, Double> found = new LinkedHashMap<>();
        if (isSet(node) && !node.isObject()) {
            throw refused(file, field + " is " + node + "; a mapping of patterns to numbers belongs there");
        }
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            try {
                found.put(
                        Pattern.compile("(?:.*\\.)?(?:" + entry.getKey() + ")"),
                        positive(entry.getValue(), field + "." + entry.getKey(), file));
            } catch (PatternSyntaxException e) {
                throw refused(file, field + " has " + entry.getKey() + ", which is not a regular expression");
            }
        }
        return found;
    }

    private static double positive(JsonNode node, String field, String file) {
        if (!node.isNumber() || !(node.doubleValue() > 0) || !Double.isFinite(node.doubleValue())) {
            throw refused(
                    file,
                    field + " is " + (node.isMissingNode() ? "missing" : node) + "; a positive number belongs there");
        }
        return node.doubleValue();
    }

    private static boolean flag(JsonNode node, String field, String file) {
        if (isSet(node) && !node.isBoolean()) {
            throw refused(file, field + " is " + node + "; true or false belongs there");
        }
        return node.asBoolean(false);
    }

    private static boolean isSet(JsonNode node) {
        return switch (node.getNodeType()) {
            case NULL, MISSING -> false;
            case BOOLEAN -> node.booleanValue();
            case ARRAY, OBJECT -> !node.isEmpty();
            default -> true;
        };
    }

    private static MergeException refused(String file, String what) {
        return new MergeException(Reason.ModelInvalid, file + ", offset 0: " + what + ".");
    }
}
