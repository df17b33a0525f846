package io.paft.operator.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import org.junit.jupiter.api.Test;

class EvenLabelsTest {

    @Test
    void eventsOfBothKindsHaveTheSameLabels() {
        var registry = new SimpleMeterRegistry();
        registry.config().meterFilter(new EvenLabels());
        registry.counter("events.received", "event", "Event");
        registry.counter("events.received", "event", "ResourceEvent", "action", "ADDED", "namespace", "n");
        registry.counter("others", "event", "Event");
        assertThat(registry.find("events.received").counters())
                .hasSize(2)
                .allSatisfy(counter -> assertThat(labels(counter)).containsExactly("action", "event", "namespace"));
        assertThat(registry.get("events.received")
                        .tag("action", "ADDED")
                        .counter()
                        .getId()
                        .getTag("namespace"))
                .isEqualTo("n");
        assertThat(labels(registry.get("others").counter())).containsExactly("event");
    }

    private static List<String> labels(Meter meter) {
        return meter.getId().getTags().stream().map(Tag::getKey).toList();
    }
}
