package io.paft.operator.reconcile;

import java.time.Duration;
import java.util.Collections;
import java.util.Map;

/** How long to wait before looking again at something that the caches will know in a moment: twice as long each time that they did not. */
final class Patience {

    static final Duration FIRST = Duration.ofMillis(200);
    static final Duration LONGEST = Duration.ofSeconds(10);

    private static final int PIPELINES = 10_000;

    private final Map<String, Duration> waits = Collections.synchronizedMap(new BoundedMap<>(PIPELINES));

    /** The next wait of a pipeline. */
    Duration more(String uid) {
        return waits.merge(uid, FIRST, (last, first) -> shorter(last.multipliedBy(2), LONGEST));
    }

    /** Forgets what a pipeline has waited: the next wait is short again. */
    void end(String uid) {
        waits.remove(uid);
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
