package io.paft.operator.model;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** The clock of one machine, which is never quite that of the cluster. */
final class SkewedClock extends Clock {

    private final Cluster cluster;
    private Duration skew = Duration.ZERO;

    SkewedClock(Cluster cluster) {
        this.cluster = cluster;
    }

    void skew(Duration by) {
        skew = by;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }

    @Override
    public Instant instant() {
        return at(cluster.now());
    }

    /** What it shows when it is so late in the cluster. */
    Instant at(Instant time) {
        return time.plus(skew);
    }
}
