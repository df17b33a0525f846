package io.paft.operator.reconcile;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.paft.operator.plan.Observation.Disruption;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads from a pod that the cluster takes it away: preemption, eviction, a taint, a lost node. Pure. */
final class Disruptions {

    private Disruptions() {}

    /** Why a pod that has ended was taken away; the same condition by which its Job does not count it. */
    static @Nullable Disruption of(Pod pod) {
        return target(pod)
                .map(condition -> new Disruption(
                        Objects.requireNonNullElse(condition.getReason(), "Disrupted"), condition.getMessage()))
                .orElse(null);
    }

    /** Why a pod that runs will not for long: an eviction that was announced and not carried out deletes nothing. */
    static @Nullable Disruption beingStopped(Pod pod) {
        return pod.getMetadata().getDeletionTimestamp() == null ? null : of(pod);
    }

    /** When that was decided. */
    static @Nullable String since(Pod pod) {
        return target(pod).map(PodCondition::getLastTransitionTime).orElse(null);
    }

    private static Optional<PodCondition> target(Pod pod) {
        return pod.getStatus() == null
                ? Optional.empty()
                : pod.getStatus().getConditions().stream()
                        .filter(condition ->
                                "DisruptionTarget".equals(condition.getType()) && "True".equals(condition.getStatus()))
                        .findFirst();
    }
}
