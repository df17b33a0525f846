package io.paft.operator.status;

/** The part of a pipeline's life that a stage belongs to, in the order in which they come. */
public enum StageGroup {
    TRAINING,
    MERGING,
    EVALUATING
}
