package io.paft.operator.status;

import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;

/** A stage's status and the group that it counts in. */
public record Entry(StageGroup group, StageStatus status) {

    boolean in(StageState state) {
        return status.state() == state;
    }

    /** Whether it still runs, or will. */
    boolean open() {
        return in(StageState.Pending) || in(StageState.Running);
    }
}
