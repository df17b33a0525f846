package io.paft.operator.plan;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Compares times as Kubernetes writes them, any of which may be unknown. */
final class Times {

    private Times() {}

    /** Whether one is known to be later than the other. */
    static boolean after(@Nullable String one, @Nullable String other) {
        return one != null && other != null && Instant.parse(one).isAfter(Instant.parse(other));
    }

    /** GPUs times seconds, or null where there were none or a time is not known. */
    static @Nullable Long gpuSeconds(int gpus, @Nullable String start, @Nullable String end) {
        if (gpus == 0 || start == null || end == null) {
            return null;
        }
        return gpus * Duration.between(Instant.parse(start), Instant.parse(end)).toSeconds();
    }
}
