package io.paft.operator.plan;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.api.v1alpha1.PaftPipelineSpec;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What every stage's key is made of, by the field of the spec that a person would edit, or as {@code input <stage>}; of each
 * only a hash, so that it is small.
 */
final class Components {

    private static final int HASH = 8;

    private final PaftPipelineSpec spec;

    private Components(PaftPipelineSpec spec) {
        this.spec = spec;
    }

    /** By stage, in the order of the graph; then by field. */
    static Map<String, SortedMap<String, String>> of(PaftPipelineSpec spec, List<Stage> stages) {
        var components = new Components(spec);
        var byStage = new LinkedHashMap<String, SortedMap<String, String>>();
        stages.forEach(stage -> byStage.put(stage.name(), components.of(stage)));
        return byStage;
    }

    private SortedMap<String, String> of(Stage stage) {
        Node node = stage.node();
        var found = new TreeMap<String, String>();
        if (node.kind() == NodeKind.REPORT) {
            subjects(node.parameters(), found);
        } else {
            node.parameters().properties().forEach(entry -> field(node, entry.getKey(), entry.getValue(), found));
        }
        node.inputs().forEach((name, input) -> {
            switch (input) {
                case NodeInput.External(String uri) ->
                    found.put(external(node, name), hash(JsonNodeFactory.instance.textNode(uri)));
                case NodeInput.StageOutput(String from) ->
                    found.put("input " + from, key(stage, from).substring(0, HASH));
            }
        });
        if (node.rerun() != null) {
            String section = node.kind() == NodeKind.REPORT ? "spec.evaluation.report" : section(node);
            found.put(section + ".rerun", hash(JsonNodeFactory.instance.textNode(node.rerun())));
        }
        return found;
    }

    private static String key(Stage stage, String from) {
        Stage upstream = stage.upstream().get(from);
        if (upstream == null) {
            throw new IllegalStateException("stage " + stage.name() + " has no upstream " + from);
        }
        return upstream.key();
    }

    /** Its parameters name every model that is compared; a person writes candidates and baselines. */
    private static void subjects(ObjectNode parameters, SortedMap<String, String> found) {
        Set<JsonNode> candidates = new HashSet<>();
        parameters.withArray("candidates").forEach(candidates::add);
        ArrayNode baselines = JsonNodeFactory.instance.arrayNode();
        parameters.withArray("subjects").forEach(subject -> {
            if (!candidates.contains(subject)) {
                baselines.add(subject);
            }
        });
        found.put("spec.merge.candidates", hash(parameters.withArray("candidates")));
        found.put("spec.evaluation.baselines", hash(baselines));
    }

    private void field(Node node, String name, JsonNode value, SortedMap<String, String> found) {
        boolean written = switch (node.kind()) {
            case FETCH -> !name.equals("type");
            case EVALUATE -> !name.equals("subject");
            case SFT, PREFERENCE, MERGE, REPORT -> true;
        };
        if (written) {
            flatten(prefix(node, name) + "." + name, value, found);
        }
    }

    private static void flatten(String path, JsonNode value, SortedMap<String, String> found) {
        if (value.isObject() && !value.isEmpty()) {
            value.properties().forEach(entry -> flatten(path + "." + entry.getKey(), entry.getValue(), found));
        } else {
            found.put(path, hash(value));
        }
    }

    private String prefix(Node node, String parameter) {
        if (node.kind() != NodeKind.MERGE) {
            return section(node);
        }
        String candidate = node.name().substring(StageGraph.MERGE.length());
        boolean common = switch (parameter) {
            case "outputDtype", "allowNaN" -> true;
            case "seed" -> !hasOwnSeed(candidate);
            default -> false;
        };
        return common ? section(node) : "spec.merge.candidates[" + candidate + "]";
    }

    private boolean hasOwnSeed(String candidate) {
        return spec.merge().candidates().stream()
                .anyMatch(recipe -> recipe.name().equals(candidate) && recipe.seed() != null);
    }

    private static String section(Node node) {
        return switch (node.kind()) {
            case SFT -> "spec.sft";
            case PREFERENCE -> "spec.preference";
            case MERGE -> "spec.merge";
            case EVALUATE, REPORT -> "spec.evaluation";
            case FETCH ->
                switch (node.name()) {
                    case "fetch-model" -> "spec.baseModel";
                    case "fetch-sft-data" -> "spec.sft.dataset";
                    case "fetch-preference-data" -> "spec.preference.dataset";
                    case "fetch-evaluation-data" -> "spec.evaluation.preferenceDataset";
                    default -> throw new IllegalStateException("nothing is known of " + node.name());
                };
        };
    }

    private static String external(Node node, String input) {
        return input.equals("baseModel") ? "spec.baseModel.uri" : section(node) + "." + input + ".uri";
    }

    private static String hash(JsonNode value) {
        return StageKey.sha256(CanonicalJson.of(value)).substring(0, HASH);
    }
}
