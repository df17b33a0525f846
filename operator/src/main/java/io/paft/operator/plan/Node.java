package io.paft.operator.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One stage of a pipeline, before its identity is known.
 *
 * @param inputs by the names of the stage contract, in a stable order
 * @param parameters exactly what a person wrote: no defaults, nothing that cannot change the output
 * @param run how to run it; never part of the identity
 */
public record Node(
        String name,
        NodeKind kind,
        Map<String, NodeInput> inputs,
        ObjectNode parameters,
        @Nullable String rerun,
        RunSettings run) {

    /** Names of the nodes that must have succeeded before this one starts. */
    public List<String> dependencies() {
        return inputs.values().stream()
                .filter(NodeInput.StageOutput.class::isInstance)
                .map(input -> ((NodeInput.StageOutput) input).node())
                .distinct()
                .toList();
    }
}
