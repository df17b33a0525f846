package io.paft.operator.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.status.Transition;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** Counts and times stages as they end; labels are bounded: a kind of stage and an outcome. */
public class StageMetrics {

    private final MeterRegistry registry;

    public StageMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    public void record(Transition transition) {
        StageStatus stage = transition.stage();
        if (stage == null || (stage.state() != StageState.Succeeded && stage.state() != StageState.Failed)) {
            return;
        }
        String outcome = Boolean.TRUE.equals(stage.reused())
                ? "reused"
                : stage.state().name().toLowerCase(Locale.ROOT);
        Tags tags = Tags.of("stage", kind(stage.name()), "outcome", outcome);
        registry.counter("paft.stages", tags).increment();
        if (stage.startTime() != null && stage.completionTime() != null) {
            Duration duration =
                    Duration.between(Instant.parse(stage.startTime()), Instant.parse(stage.completionTime()));
            registry.timer("paft.stage.duration", tags).record(duration);
        }
        if (stage.gpuSeconds() != null) {
            registry.counter("paft.stage.gpu.seconds", tags).increment(stage.gpuSeconds());
        }
    }

    /** {@code merge-ties} and {@code merge-ta} count together: names are a person's, and unbounded. */
    private static String kind(String stage) {
        int dash = stage.indexOf('-');
        return dash < 0 ? stage : stage.substring(0, dash);
    }
}
