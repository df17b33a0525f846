package io.paft.operator.status;

/** The part of a pipeline's life that a stage belongs to, in the order in which they come. */
public enum StageGroup {
    TRAINING,
    MERGING,
    EVALUATING;

    /** By the name of a stage, where nothing else is known of it. */
    static StageGroup of(String stage) {
        if (stage.startsWith("merge-")) {
            return MERGING;
        }
        return stage.startsWith("evaluate-") || stage.equals("report") ? EVALUATING : TRAINING;
    }
}
