package io.paft.operator.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.operator.metrics.Census.Waiting;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What there is now, as gauges. A replica that does not lead shows 0 everywhere, so that the sum over all replicas is right.
 */
public final class PipelineMetrics implements MeterBinder {

    /** One scrape reads many gauges: they are counted together. */
    private static final Duration FRESH = Duration.ofSeconds(1);

    private final Supplier<Stream<PaftPipeline>> pipelines;
    private final BooleanSupplier leading;
    private final Clock clock;
    private @Nullable Census last;
    private Instant counted = Instant.MIN;

    /** @param pipelines all that this process knows of, without asking anybody */
    public PipelineMetrics(Supplier<Stream<PaftPipeline>> pipelines, BooleanSupplier leading, Clock clock) {
        this.pipelines = pipelines;
        this.leading = leading;
        this.clock = clock;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("paft.leader", () -> leading.getAsBoolean() ? 1 : 0).register(registry);
        for (String phase : Census.PHASES) {
            gauge("paft.pipelines", census -> census.phase(phase))
                    .tag("phase", phase)
                    .register(registry);
        }
        for (Waiting reason : Waiting.values()) {
            gauge("paft.stages.waiting", census -> census.waiting(reason))
                    .tag("reason", reason.label())
                    .register(registry);
        }
        gauge("paft.stage.longest.wait", census -> census.longestWait().toSeconds())
                .baseUnit("seconds")
                .register(registry);
    }

    private Gauge.Builder<PipelineMetrics> gauge(String name, ToDoubleFunction<Census> value) {
        return Gauge.builder(name, this, metrics -> value.applyAsDouble(metrics.census()))
                .strongReference(true);
    }

    private synchronized Census census() {
        Instant now = clock.instant();
        if (last == null || now.isAfter(counted.plus(FRESH))) {
            last = Census.of(leading.getAsBoolean() ? pipelines.get() : Stream.empty(), now);
            counted = now;
        }
        return last;
    }
}
