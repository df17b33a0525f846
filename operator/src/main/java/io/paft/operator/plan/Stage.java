package io.paft.operator.plan;

import io.paft.api.v1alpha1.PaftPipelineSpec;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.status.StagesByName;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A node with its identity.
 *
 * @param key 64 hex digits naming the result
 * @param upstream the stages it depends on, by node name
 */
public record Stage(Node node, String key, Map<String, Stage> upstream) {

    /**
     * Gives every node its key; {@code nodes} come with dependencies first.
     *
     * @throws InvalidSpecException when one says more than its pod could be told
     */
    public static List<Stage> of(List<Node> nodes) {
        var stages = new LinkedHashMap<String, Stage>();
        var keys = new LinkedHashMap<String, String>();
        for (Node node : nodes) {
            String key = StageKey.of(node, keys);
            var upstream = new LinkedHashMap<String, Stage>();
            node.dependencies().forEach(name -> upstream.put(name, stages.get(name)));
            keys.put(node.name(), key);
            stages.put(node.name(), new Stage(node, key, upstream));
        }
        return List.copyOf(stages.values());
    }

    /** The stages that a spec asks for; none when it makes no graph. */
    public static List<Stage> in(PaftPipelineSpec spec) {
        try {
            return of(StageGraph.of(spec));
        } catch (InvalidSpecException e) {
            return List.of();
        }
    }

    /** Their keys. */
    public static Set<String> keys(PaftPipelineSpec spec) {
        return in(spec).stream().map(Stage::key).collect(Collectors.toUnmodifiableSet());
    }

    public String name() {
        return node.name();
    }

    /** What a status says of this very result; null when it says nothing, or tells of another result by the same name. */
    public @Nullable StageStatus recordedIn(Map<String, StageStatus> stages) {
        return StagesByName.recorded(stages, name(), key);
    }

    /** The directory of its output, relative to the workspace. */
    public String output() {
        return node.kind().word() + "/" + key;
    }

    /** The name of the one Job that may produce this result for this pipeline. */
    public String jobName(String pipeline) {
        return pipeline + "-" + node.name() + "-" + key.substring(0, 8);
    }
}
