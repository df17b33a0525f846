package io.paft.operator.plan;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a running pod last said of how far it is.
 *
 * @param fraction of its work that is done, 0 to 1; null when it did not say
 * @param step steps done
 * @param totalSteps steps that there are, never fewer than are done
 * @param work a number that changes whenever something is done, in a unit of the pod's own; null when it did not say
 * @param etaSeconds that are left, by its own estimate
 * @param metrics numbers by name
 * @param at when the operator heard of it
 */
public record Progress(
        @Nullable Double fraction,
        @Nullable Long step,
        @Nullable Long totalSteps,
        @Nullable Double work,
        @Nullable Long etaSeconds,
        Map<String, Double> metrics,
        Instant at) {

    public Progress {
        metrics = Map.copyOf(metrics);
    }

    /** Whether as much is done as then; what is estimated or measured may differ. */
    public boolean sameWork(Progress other) {
        return Objects.equals(fraction, other.fraction)
                && Objects.equals(step, other.step)
                && Objects.equals(work, other.work);
    }
}
