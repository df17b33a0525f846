package io.paft.operator.model;

import io.fabric8.kubernetes.api.model.Pod;
import io.paft.operator.plan.Progress;
import io.paft.operator.progress.ProgressBook;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Where pods tell an operator how far they are: it listens for as long as its process lives, and says so again and again. */
final class Endpoint {

    /** Often enough for the book to believe that nothing was missed. */
    private static final Duration BEAT = ProgressBook.BEAT.multipliedBy(4);

    final ProgressBook book = new ProgressBook();
    private final Cluster cluster;
    private final SkewedClock clock;
    private final boolean open;
    private final Set<String> heard = new HashSet<>();
    private Instant last;

    /** @param open whether anybody can reach it */
    Endpoint(Cluster cluster, SkewedClock clock, boolean open) {
        this.cluster = cluster;
        this.clock = clock;
        this.open = open;
        this.last = cluster.now();
        listen();
    }

    /** Up to now, as it did all the time. */
    void listen() {
        if (!open) {
            return;
        }
        for (Instant now = cluster.now(); last.isBefore(now); last = last.plus(BEAT)) {
            book.listening(clock.at(last));
        }
        last = cluster.now();
        book.listening(clock.instant());
    }

    /** The machine's clock is set; what listens does not notice. */
    void set(Duration skew) {
        listen();
        clock.skew(skew);
    }

    /** Whether somebody should come and look. */
    boolean hear(String pipelineUid, Pod pod, int percent) {
        listen();
        double fraction = percent / 100.0;
        var progress = new Progress(fraction, null, null, null, null, Map.of("loss", fraction), clock.instant());
        heard.add(pod.getMetadata().getUid());
        return book.note(pipelineUid, pod.getMetadata().getUid(), progress);
    }

    /** Whether a pod was ever heard here. */
    boolean heard(Pod pod) {
        return open && heard.contains(pod.getMetadata().getUid());
    }
}
