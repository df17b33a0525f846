package io.paft.operator.plan;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Gathers the moments at which time alone changes something; keeps the earliest. */
final class Alarm {

    private @Nullable Instant earliest;

    void at(@Nullable Instant moment) {
        if (moment != null && (earliest == null || moment.isBefore(earliest))) {
            earliest = moment;
        }
    }

    @Nullable
    Instant earliest() {
        return earliest;
    }
}
