package io.paft.operator.plan;

import io.paft.api.v1alpha1.PaftPipelineStatus;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The status to write, and then what to do.
 *
 * @param lookAgain when time alone will have changed something, or null when only news can
 */
public record Decision(
        PaftPipelineStatus status,
        List<Action> actions,
        @Nullable Instant lookAgain) {

    Decision(PaftPipelineStatus status, List<Action> actions) {
        this(status, actions, null);
    }
}
