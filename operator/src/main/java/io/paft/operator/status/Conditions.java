package io.paft.operator.status;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A set of conditions by type; a condition keeps its transition time for as long as its status stays. */
final class Conditions {

    private final LinkedHashMap<String, Condition> byType = new LinkedHashMap<>();
    private final long generation;
    private final Instant now;

    /** Conditions of types that we do not set stay as they are: somebody else wrote them. */
    Conditions(@Nullable List<Condition> previous, long generation, Instant now) {
        if (previous != null) {
            previous.forEach(condition -> byType.put(condition.getType(), condition));
        }
        this.generation = generation;
        this.now = now;
    }

    Conditions set(String type, String status, String reason, String message) {
        Condition before = byType.get(type);
        String since =
                before != null && status.equals(before.getStatus()) ? before.getLastTransitionTime() : now.toString();
        byType.put(
                type,
                new ConditionBuilder()
                        .withType(type)
                        .withStatus(status)
                        .withReason(reason)
                        .withMessage(message)
                        .withObservedGeneration(generation)
                        .withLastTransitionTime(since)
                        .build());
        return this;
    }

    List<Condition> list() {
        return new ArrayList<>(byType.values());
    }
}
