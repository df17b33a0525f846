package io.paft.operator.plan;

import static io.paft.api.v1alpha1.StageState.Pending;

import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.plan.Observation.ObservedJob;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tells of a stage whose pod does not come or start what keeps it, in place of "starting". */
final class Obstacles {

    /** What is said of a stage whose pod is on its way: the first, or the next one. */
    private static final Set<String> COMING = Set.of("Starting", "Retrying", "Disrupted");

    private Obstacles() {}

    static StageDecision tell(
            StageStatusBuilder builder, ObservedJob job, StageDecision decision, @Nullable Obstacle obstacle) {
        StageStatus status = decision.status();
        if (obstacle == null || !job.goesOn() || status.state() != Pending) {
            return decision;
        }
        // The same reason with other words: those that were told first stay for a while, and cost no write.
        boolean untold = COMING.contains(Objects.requireNonNullElse(status.reason(), ""))
                || obstacle.reason().equals(status.reason());
        return untold ? decision.with(builder.active(job, Pending, obstacle.reason(), obstacle.message())) : decision;
    }
}
