package io.paft.operator.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.plan.NodeKind;
import io.paft.operator.plan.StageGraph;
import io.paft.operator.status.StagesByName;
import io.paft.operator.status.Transition;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Counts and times stages and pipelines as they end; labels are bounded: a kind of stage and an outcome. */
public class StageMetrics {

    private static final String STAGES = "paft.stages";
    private static final String DURATION = "paft.stage.duration";
    private static final String ATTEMPTS = "paft.stage.attempts";
    private static final String GPU_SECONDS = "paft.gpu.seconds";
    private static final String PIPELINES = "paft.pipelines.completed";

    private static final String SUCCEEDED = "succeeded";
    private static final String FAILED = "failed";
    private static final String USED = "used";
    private static final String WASTED = "wasted";

    /** From a stage that finds its result to a training of days. */
    private static final Duration[] BUCKETS = {
        Duration.ofSeconds(10),
        Duration.ofMinutes(1),
        Duration.ofMinutes(5),
        Duration.ofMinutes(15),
        Duration.ofHours(1),
        Duration.ofHours(4),
        Duration.ofHours(12),
        Duration.ofDays(1),
        Duration.ofDays(3)
    };

    private final MeterRegistry registry;

    /** Shows what has not occurred yet as 0, so that the first time is an increase and no new series. */
    public StageMetrics(MeterRegistry registry) {
        this.registry = registry;
        Stream.concat(Stream.of(NodeKind.values()).map(NodeKind::word), Stream.of(StageGraph.SEQUENTIAL))
                .forEach(kind -> {
                    stages(kind, SUCCEEDED);
                    stages(kind, "reused");
                    stages(kind, FAILED);
                    attempts(kind);
                });
        for (String outcome : List.of(USED, WASTED)) {
            gpuSeconds(outcome);
        }
        for (String outcome : List.of(SUCCEEDED, FAILED)) {
            pipelines(outcome);
        }
    }

    /** Counts what happened from one written status to the next. */
    public void record(@Nullable PaftPipelineStatus before, PaftPipelineStatus after, List<Transition> transitions) {
        var lasts = StagesByName.of(before);
        for (StageStatus stage : StagesByName.of(after).values()) {
            StageStatus last = StagesByName.recorded(lasts, stage.name(), stage.key());
            int started = count(stage) - (last == null ? 0 : count(last));
            attempts(kind(stage)).increment(Math.max(0, started));
            // As attempts are lost, and not when the stage ends: one that failed may be tried again, and succeed.
            long wasted = lost(stage) - (last == null ? 0 : lost(last));
            gpuSeconds(WASTED).increment((double) Math.max(0, wasted));
        }
        transitions.forEach(this::record);
    }

    private void record(Transition transition) {
        StageStatus stage = transition.stage();
        if (stage != null) {
            ended(stage);
        } else {
            switch (transition.reason()) {
                case "PipelineSucceeded" -> pipelines(SUCCEEDED).increment();
                case "PipelineFailed" -> pipelines(FAILED).increment();
                default -> {}
            }
        }
    }

    private void ended(StageStatus stage) {
        if (stage.state() != StageState.Succeeded && stage.state() != StageState.Failed) {
            return;
        }
        String outcome = Boolean.TRUE.equals(stage.reused())
                ? "reused"
                : stage.state().name().toLowerCase(Locale.ROOT);
        stages(kind(stage), outcome).increment();
        if (stage.startTime() != null && stage.completionTime() != null) {
            Timer.builder(DURATION)
                    .tags("stage", kind(stage), "outcome", outcome)
                    .serviceLevelObjectives(BUCKETS)
                    .register(registry)
                    .record(Duration.between(Instant.parse(stage.startTime()), Instant.parse(stage.completionTime())));
        }
        if (stage.state() == StageState.Succeeded) {
            long all = Objects.requireNonNullElse(stage.gpuSeconds(), 0L);
            gpuSeconds(USED).increment((double) (all - lost(stage)));
        }
    }

    private static long lost(StageStatus stage) {
        return Objects.requireNonNullElse(stage.gpuSecondsLost(), 0L);
    }

    private static int count(StageStatus stage) {
        return Objects.requireNonNullElse(stage.attempts(), 0);
    }

    private Counter stages(String kind, String outcome) {
        return registry.counter(STAGES, Tags.of("stage", kind, "outcome", outcome));
    }

    private Counter attempts(String kind) {
        return registry.counter(ATTEMPTS, "stage", kind);
    }

    private Counter gpuSeconds(String outcome) {
        return registry.counter(GPU_SECONDS, "outcome", outcome);
    }

    private Counter pipelines(String outcome) {
        return registry.counter(PIPELINES, "outcome", outcome);
    }

    /** {@code merge-ties} and {@code merge-ta} count together: names are a person's, and unbounded. */
    private static String kind(StageStatus stage) {
        int dash = stage.name().indexOf('-');
        return dash < 0 ? stage.name() : stage.name().substring(0, dash);
    }
}
