package io.paft.operator.plan;

import io.paft.api.v1alpha1.StageStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one stage's situation comes to.
 *
 * @param report what a report stage found, on the one occasion that its pod is read
 */
record StageDecision(StageStatus status, List<Action> actions, Termination.@Nullable Report report) {

    static StageDecision of(StageStatus status, Action... actions) {
        return new StageDecision(status, List.of(actions), null);
    }
}
