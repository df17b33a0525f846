package io.paft.operator.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** Counts the posts of stage pods by what became of them; the label is bounded: accepted, or one of a few reasons. */
public class ProgressMetrics {

    private final MeterRegistry registry;

    public ProgressMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Shows a result that has not occurred yet as 0. */
    public void register(String result) {
        counter(result);
    }

    public void count(String result) {
        counter(result).increment();
    }

    private Counter counter(String result) {
        return registry.counter("paft.progress.posts", "result", result);
    }
}
