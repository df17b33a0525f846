package io.paft.operator.apiserver;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The time from a Job that is complete to the Job of the stage that waited for it: both as one watch of the API server tells them,
 * so that no request of the measurement is part of it.
 */
final class Handovers implements AutoCloseable, Watcher<Job> {

    private static final Duration LONG = Duration.ofSeconds(30);

    private final World world;
    private final String namespace;
    private final Watch watch;
    private final Map<String, Long> created = new ConcurrentHashMap<>();
    private final Map<String, Long> completed = new ConcurrentHashMap<>();
    private final List<Double> milliseconds = new ArrayList<>();

    Handovers(World world, String namespace) {
        this.world = world;
        this.namespace = namespace;
        this.watch = world.client().batch().v1().jobs().inNamespace(namespace).watch(this);
    }

    /** Lets a stage of a pipeline end, and waits until the stage that waited for it has its Job. */
    void measure(String pipeline, String last, String next) {
        complete(pipeline, last);
        String from = pipeline + "/" + last;
        String to = pipeline + "/" + next;
        await().atMost(LONG)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> completed.containsKey(from) && created.containsKey(to));
        milliseconds.add((created.get(to) - completed.get(from)) / 1e6);
    }

    /** Lets a stage end whose Job is there. */
    void complete(String pipeline, String stage) {
        world.workload.complete(
                world.jobs(namespace).stream()
                        .filter(job -> name(job).equals(pipeline + "/" + stage))
                        .findFirst()
                        .orElseThrow(),
                Population.DONE);
    }

    /** The distribution so far, in words. */
    String summary() {
        List<Double> sorted = milliseconds.stream().sorted().toList();
        return String.format(
                Locale.ROOT,
                "from a Job's completion to the next stage's Job: %d times, median %.0f ms, p99 %.0f ms, longest %.0f ms",
                sorted.size(),
                sorted.get(sorted.size() / 2),
                sorted.get((int) Math.ceil(sorted.size() * 0.99) - 1),
                sorted.getLast());
    }

    @Override
    public void eventReceived(Action action, Job job) {
        long now = System.nanoTime();
        if (action == Action.ADDED) {
            created.putIfAbsent(name(job), now);
        } else if (job.getStatus() != null && job.getStatus().getCompletionTime() != null) {
            completed.putIfAbsent(name(job), now);
        }
    }

    @Override
    public void onClose(WatcherException cause) {
        throw new IllegalStateException("the watch ended", cause);
    }

    private static String name(Job job) {
        Map<String, String> labels = job.getMetadata().getLabels();
        return labels.get("paft.io/pipeline") + "/" + labels.get("paft.io/stage");
    }

    @Override
    public void close() {
        watch.close();
    }
}
