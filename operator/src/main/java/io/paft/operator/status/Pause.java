package io.paft.operator.status;

import io.fabric8.kubernetes.api.model.Condition;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What spec.suspend means for the status of a pipeline: until everything has stopped it is suspending, and says whose pods it waits for. */
public final class Pause {

    /** Reason of a stage, and word of a pipeline, that waits for spec.suspend to be false. */
    public static final String SUSPENDED = "Suspended";

    /** Reason of a stage, and word of a pipeline, whose pods are stopping. */
    public static final String SUSPENDING = "Suspending";

    private final boolean wanted;
    private final List<Entry> entries;
    private final List<Entry> stopping;
    private final Collection<String> pods;
    private final @Nullable PaftPipelineStatus before;

    /** @param pods of this pipeline that have not ended, whatever they are there for */
    Pause(PaftPipeline pipeline, List<Entry> entries, Collection<String> pods) {
        this.pods = pods;
        this.wanted = Boolean.TRUE.equals(pipeline.getSpec().suspend());
        this.before = pipeline.getStatus();
        this.entries = entries;
        this.stopping = entries.stream()
                .filter(entry -> SUSPENDING.equals(entry.status().reason()))
                .toList();
    }

    /** Time of the run that was spent suspended, up to {@code now}. */
    public static Duration time(PaftPipelineStatus status, Instant now) {
        Duration earlier = Duration.ofSeconds(Objects.requireNonNullElse(status.suspendedSeconds(), 0L));
        Duration lasting = since(status)
                .map(start -> Duration.between(start, now))
                .filter(Duration::isPositive)
                .orElse(Duration.ZERO);
        return earlier.plus(lasting);
    }

    private static Optional<Instant> since(PaftPipelineStatus status) {
        return condition(status)
                .filter(condition -> "True".equals(condition.getStatus()))
                .map(Condition::getLastTransitionTime)
                .map(Instant::parse);
    }

    private static Optional<Condition> condition(PaftPipelineStatus status) {
        return status.conditions() == null
                ? Optional.empty()
                : status.conditions().stream()
                        .filter(condition -> SUSPENDED.equals(condition.getType()))
                        .findFirst();
    }

    /** Whether it keeps anything from going on. */
    boolean holds() {
        return wanted && entries.stream().anyMatch(Entry::open);
    }

    boolean complete() {
        return holds() && stopping.isEmpty() && pods.isEmpty();
    }

    String word() {
        return complete() ? SUSPENDED : SUSPENDING;
    }

    String message() {
        if (!complete()) {
            String whose = stopping.stream().map(entry -> entry.status().name()).collect(Collectors.joining(", "));
            // Their Jobs are gone, or are not asked for any more.
            String which = stopping.isEmpty() ? "pods " + String.join(", ", pods) : "the pods of " + whose;
            return "suspending: waits until " + which + " have stopped";
        }
        long open = entries.stream().filter(Entry::open).count();
        return "suspended: nothing runs; %d of %d stages are left to do when spec.suspend is false again"
                .formatted(open, entries.size());
    }

    /** Adds the condition where there is something to say: to a pipeline that never was suspended it is not worth a write. */
    void tell(Conditions conditions) {
        if (holds()) {
            conditions.set(SUSPENDED, complete() ? "True" : "False", word(), message());
        } else if (wanted) {
            conditions.set(SUSPENDED, "False", "Finished", "there is nothing left to suspend");
        } else if (before != null && condition(before).isPresent()) {
            conditions.set(SUSPENDED, "False", "NotSuspended", "spec.suspend is not set");
        }
    }

    /**
     * Seconds of the pauses that are over, in the run that goes on.
     *
     * @param anew whether a new run begins now
     */
    @Nullable
    Long seconds(boolean anew, Instant now) {
        if (before == null || anew) {
            return null;
        }
        if (complete()) {
            return before.suspendedSeconds();
        }
        long seconds = time(before, now).toSeconds();
        return seconds == 0 ? null : seconds;
    }
}
