package io.paft.operator.progress;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** A bucket of tokens per name: so many at once, and one more per interval. Holds a bounded number of names. */
final class RateLimit {

    private final int burst;
    private final Duration interval;
    private final Map<String, Bucket> buckets;

    private record Bucket(double tokens, Instant at) {}

    /**
     * A limit.
     *
     * @param burst posts at once
     * @param interval after which one more may follow
     * @param names that it remembers; the one that was quiet for longest is forgotten first
     */
    RateLimit(int burst, Duration interval, int names) {
        this.burst = burst;
        this.interval = interval;
        this.buckets = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
                return size() > names;
            }
        };
    }

    /** Takes a token of this name, if there is one. */
    synchronized boolean allows(String name, Instant now) {
        Bucket bucket = buckets.getOrDefault(name, new Bucket(burst, now));
        // A clock that was set back gives nothing and takes nothing.
        Duration since = Duration.between(bucket.at(), now);
        double gained = since.isNegative() ? 0 : (double) since.toMillis() / interval.toMillis();
        double tokens = Math.min(burst, bucket.tokens() + gained);
        boolean allowed = tokens >= 1;
        buckets.put(name, new Bucket(allowed ? tokens - 1 : tokens, now));
        return allowed;
    }
}
