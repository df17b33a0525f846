package io.paft.operator.plan;

import io.paft.api.v1alpha1.LostAttempt;
import java.util.Objects;

/** Tells how an attempt ended and what comes next, in sentences for people. */
final class AttemptStory {

    private final NodeKind kind;

    AttemptStory(NodeKind kind) {
        this.kind = kind;
    }

    /** A disruption: the cluster took the pod away for reasons of its own. */
    String disrupted(LostAttempt attempt) {
        String words = Objects.requireNonNullElse(attempt.message(), attempt.reason());
        return "%s (%s); this does not count; %s".formatted(disruption(attempt.reason()), words, next());
    }

    /**
     * A failure after which the Job starts another pod.
     *
     * @param counted how many attempts have been counted, this one included
     * @param most how many may be
     */
    static String retried(LostAttempt attempt, int counted, int most) {
        return ended(attempt, counted, most) + "; the next starts by itself";
    }

    /** A failure after which there is none. */
    static String last(LostAttempt attempt, int counted, int most) {
        return ended(attempt, counted, most) + "; no other attempt follows, its Job is being given up";
    }

    private static String ended(LostAttempt attempt, int counted, int most) {
        String which = attempt.number() == counted
                ? "attempt %d of %d".formatted(counted, most)
                : "attempt %d (%d of %d that count)".formatted(attempt.number(), counted, most);
        String why = attempt.message() == null ? "" : ": " + Remedy.ended(attempt.message());
        return "%s ended with %s%s".formatted(which, attempt.reason(), why);
    }

    private String next() {
        return switch (kind) {
            case SFT, PREFERENCE -> "it goes on from its checkpoint";
            case MERGE -> "it goes on with what is merged already";
            case FETCH, EVALUATE, REPORT -> "it starts again";
        };
    }

    /** The reasons of the pod condition DisruptionTarget. */
    private static String disruption(String reason) {
        return switch (reason) {
            case "PreemptionByScheduler" -> "its pod was preempted by one of a higher priority";
            case "EvictionByEvictionAPI" -> "its pod was evicted, as in the drain of a node";
            case "DeletionByTaintManager" -> "its pod was evicted by a taint of its node";
            case "DeletionByPodGC" -> "its node was lost";
            case "TerminationByKubelet" ->
                "its pod was ended by the kubelet: the node was short of something, or shut down";
            default -> "its pod was disrupted";
        };
    }
}
