package io.paft.operator.plan;

import io.paft.api.v1alpha1.StageStatus;
import java.util.ArrayList;
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

    /** The same with another status, and more to do. */
    StageDecision with(StageStatus other, Action... more) {
        var all = new ArrayList<>(actions);
        all.addAll(List.of(more));
        return new StageDecision(other, List.copyOf(all), report);
    }

    /** Whether the stage is through, or never will be. */
    boolean closed() {
        return switch (status.state()) {
            case Succeeded, Failed, Blocked -> true;
            case Pending, Running -> false;
        };
    }

    /** Whether its Job would be created now. */
    boolean creates() {
        return actions.stream().anyMatch(Action.CreateJob.class::isInstance);
    }
}
