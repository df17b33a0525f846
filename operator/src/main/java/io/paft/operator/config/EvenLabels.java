package io.paft.operator.config;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.config.MeterFilter;
import jakarta.inject.Singleton;
import java.util.List;

/**
 * Gives all events the same labels. JOSDK 5.3 counts those of resources with two more than those of timers; Prometheus takes the
 * labels that come first for a name, and what has others is counted nowhere.
 */
@Singleton
class EvenLabels implements MeterFilter {

    private static final String EVENTS = "events.received";

    @Override
    public Meter.Id map(Meter.Id id) {
        if (!id.getName().equals(EVENTS)) {
            return id;
        }
        List<Tag> missing = List.of("action", "namespace").stream()
                .filter(label -> id.getTag(label) == null)
                .map(label -> Tag.of(label, ""))
                .toList();
        return missing.isEmpty() ? id : id.withTags(missing);
    }
}
