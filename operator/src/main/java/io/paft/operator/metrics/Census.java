package io.paft.operator.metrics;

import io.paft.api.v1alpha1.LostAttempt;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.status.Pause;
import io.paft.operator.status.StagesByName;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Counts pipelines by phase, and stages by what they wait for, at one moment. Pure. */
final class Census {

    private static final String PENDING = "Pending";
    private static final String OTHER = "Other";

    /** The values of a label: bounded, whatever a status holds. */
    static final List<String> PHASES = List.of(
            PENDING,
            "Training",
            "Merging",
            "Evaluating",
            Pause.SUSPENDING,
            Pause.SUSPENDED,
            "Succeeded",
            "Failed",
            OTHER);

    /** Reasons of stages that could not run, whatever the cluster had. */
    private static final Set<String> NOT_YET = Set.of(
            "", "WaitingForDependencies", "WaitingForStage", "WaitingForPipeline", Pause.SUSPENDING, Pause.SUSPENDED);

    /** Why a stage waits; its own words in the status are the kubelet's, and many. */
    enum Waiting {
        STARTING("Starting"),
        UNSCHEDULABLE("Unschedulable"),
        IMAGE("Image"),
        JOB_REFUSED("JobRefused"),
        RETRYING("Retrying"),
        OTHER("Other");

        private final String label;

        Waiting(String label) {
            this.label = label;
        }

        String label() {
            return label;
        }

        static Waiting of(String reason) {
            return switch (reason) {
                case "Starting" -> STARTING;
                case "Unschedulable" -> UNSCHEDULABLE;
                case "ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull" -> IMAGE;
                case "JobRefused" -> JOB_REFUSED;
                case "Retrying", "Restarting" -> RETRYING;
                default -> OTHER;
            };
        }
    }

    private final Map<String, Integer> phases = new HashMap<>();
    private final Map<Waiting, Integer> waiting = new EnumMap<>(Waiting.class);
    private Duration longest = Duration.ZERO;

    private Census() {}

    static Census of(Stream<PaftPipeline> pipelines, Instant now) {
        var census = new Census();
        pipelines.forEach(pipeline -> census.count(pipeline, now));
        return census;
    }

    private void count(PaftPipeline pipeline, Instant now) {
        PaftPipelineStatus status = pipeline.getStatus();
        String phase = status == null ? PENDING : Objects.requireNonNullElse(status.phase(), PENDING);
        phases.merge(PHASES.contains(phase) ? phase : OTHER, 1, Integer::sum);
        if (isInvalid(status)) {
            // Nobody looks how its stages stand.
            return;
        }
        StagesByName.of(status).values().stream()
                .filter(stage -> stage.state() == StageState.Pending)
                .forEach(stage -> count(stage, now));
    }

    private static boolean isInvalid(@Nullable PaftPipelineStatus status) {
        return status != null
                && status.conditions() != null
                && status.conditions().stream()
                        .anyMatch(condition ->
                                "Stalled".equals(condition.getType()) && "InvalidSpec".equals(condition.getReason()));
    }

    private void count(StageStatus stage, Instant now) {
        String reason = Objects.requireNonNullElse(stage.reason(), "");
        if (NOT_YET.contains(reason)) {
            return;
        }
        waiting.merge(Waiting.of(reason), 1, Integer::sum);
        Duration wait = since(stage).map(since -> Duration.between(since, now)).orElse(Duration.ZERO);
        longest = wait.compareTo(longest) > 0 ? wait : longest;
    }

    /** Since when a stage waits for a pod: the start of its Job, or the end of the attempt before; empty while that still ends, or before a pod is seen. */
    private static Optional<Instant> since(StageStatus stage) {
        List<LostAttempt> lost = Objects.requireNonNullElse(stage.lost(), List.of());
        if (stage.startTime() == null || (!lost.isEmpty() && lost.getLast().endTime() == null)) {
            return Optional.empty();
        }
        String end = lost.isEmpty() ? null : lost.getLast().endTime();
        return Stream.of(stage.startTime(), end)
                .filter(Objects::nonNull)
                .map(Instant::parse)
                .max(Comparator.naturalOrder());
    }

    /** Pipelines in this phase. */
    int phase(String phase) {
        return phases.getOrDefault(phase, 0);
    }

    /** Stages that could run now but have no running pod, for this reason. */
    int waiting(Waiting reason) {
        return waiting.getOrDefault(reason, 0);
    }

    /** Of the stages that could run and wait for their pod, how long the first one has done so. */
    Duration longestWait() {
        return longest;
    }
}
