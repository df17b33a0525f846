package io.paft.operator.plan;

/** Where a node gets one of its inputs from. */
public sealed interface NodeInput {

    /** Data that lies outside the graph: a path in the workspace, or {@code pvc://claim/path}. */
    record External(String uri) implements NodeInput {}

    /** The output of another node of the graph. */
    record StageOutput(String node) implements NodeInput {}
}
