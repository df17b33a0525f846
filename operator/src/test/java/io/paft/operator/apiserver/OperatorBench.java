package io.paft.operator.apiserver;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Measures the operator with many pipelines: dev/bench/operator/run. Prints a table and judges nothing. */
@Tag("bench")
class OperatorBench {

    private static final int PIPELINES = Integer.getInteger("paft.bench.pipelines", 1000);
    private static final int ACTIVE = Integer.getInteger("paft.bench.active", 50);
    private static final int RUNS = Integer.getInteger("paft.bench.runs", 3);
    private static final Duration LONG = Duration.ofMinutes(3);

    /** One start of the operator. */
    private record Run(
            String what,
            double ready,
            double reconciled,
            long rss,
            long peak,
            long rssLater,
            Map<String, Long> requests) {}

    @Test
    void measure() throws IOException {
        try (var world = new World()) {
            var population = new Population(world);
            population.fill(PIPELINES - ACTIVE, ACTIVE);
            var installed = new Installed(world, "base");
            List<Run> runs = new ArrayList<>();
            List<String> variants =
                    List.of(System.getProperty("paft.bench.options", "").split("\\|", -1));
            runs.add(run(world, installed, "first start", ""));
            for (int run = 1; run < RUNS; run++) {
                String options = variants.get((run - 1) % variants.size());
                runs.add(run(world, installed, ("start again " + options).strip(), options));
            }
            print(runs, "");
            String more = listing(world);
            print(runs, more);
            more += "\n" + handOver(world, installed, population.namespace());
            print(runs, more);
            if (Boolean.getBoolean("paft.bench.keep")) {
                population.keepJobs();
                runs.add(run(world, installed, "with all Jobs and pods of the finished", ""));
                print(runs, more);
            }
        }
    }

    /** What no operator can be faster than: the API server's part, to a client that keeps the bytes and reads none. */
    private static String listing(World world) {
        List<String> times = new ArrayList<>();
        long bytes = 0;
        for (int i = 0; i < 5; i++) {
            long start = System.nanoTime();
            bytes = world.client().raw("/apis/paft.io/v1alpha1/paftpipelines").length();
            times.add("%.2f".formatted(since(start)));
        }
        return "listing all pipelines, %.1f MB: %s s".formatted(bytes / 1e6, String.join(", ", times));
    }

    /** One pipeline after the other, in the midst of all that are there. */
    private static String handOver(World world, Installed installed, String namespace) {
        try (var _ = operator(installed, "").ready();
                var handovers = new Handovers(world, namespace)) {
            for (int number = 0; number < ACTIVE; number++) {
                String pipeline = "fresh" + number;
                handovers.complete(pipeline, "sft");
                handovers.measure(pipeline, "preference", "merge-ties");
                handovers.measure(pipeline, "merge-ties", "evaluate-ties");
            }
            return handovers.summary();
        }
    }

    /** With more options of its JVM than its image has, separated by spaces. */
    private static OperatorProcess operator(Installed installed, String more) {
        String cache = System.getProperty("paft.bench.aot", "");
        var options = new ArrayList<String>();
        // The container's limit, from which the JVM takes its share.
        options.add("-XX:MaxRAM=" + System.getProperty("paft.bench.memory", "384") + "m");
        if (!cache.isEmpty()) {
            options.addAll(List.of("-XX:AOTMode=on", "-XX:AOTCache=" + cache));
        }
        if (!more.isEmpty()) {
            options.addAll(List.of(more.split(" ")));
        }
        return installed.replica("paft-operator-0", options.toArray(String[]::new));
    }

    private static Run run(World world, Installed installed, String what, String options) throws IOException {
        Map<String, Long> before = Requests.count(world.client());
        long start = System.nanoTime();
        try (var operator = operator(installed, options)) {
            operator.ready();
            double ready = since(start);
            try {
                await().atMost(LONG)
                        .pollInterval(Duration.ofMillis(200))
                        // Not by counters: what is reconciled before Micrometer has its registry is not counted.
                        .until(() -> operator.metric("custom_resources") >= PIPELINES
                                && operator.metric("reconciliations_queue") == 0
                                && operator.metric("reconciliations_active") == 0);
            } catch (ConditionTimeoutException e) {
                throw new IllegalStateException("not reconciled:\n" + operator.get("/q/metrics"), e);
            }
            double reconciled = since(start);
            Map<String, Long> requests = Requests.between(before, Requests.count(world.client()));
            long rss = memory(operator, "VmRSS");
            sleep(Duration.ofSeconds(30));
            return new Run(
                    what, ready, reconciled, rss, memory(operator, "VmHWM"), memory(operator, "VmRSS"), requests);
        }
    }

    private static void print(List<Run> runs, String more) throws IOException {
        String table = runs.stream()
                .map(run ->
                        "%s | ready after %.2f s | all reconciled after %.1f s | RSS %d MiB, peak %d MiB, after 30 s %d MiB | requests %s"
                                .formatted(
                                        run.what,
                                        run.ready,
                                        run.reconciled,
                                        run.rss,
                                        run.peak,
                                        run.rssLater,
                                        run.requests))
                .collect(Collectors.joining("\n"));
        Files.writeString(
                Path.of("target", "bench-operator.txt"),
                "%d pipelines, %d of them active%n%s%n%s%n".formatted(PIPELINES, ACTIVE, table, more));
    }

    /** MiB. */
    private static long memory(OperatorProcess operator, String field) throws IOException {
        try (var lines = Files.lines(Path.of("/proc/" + operator.pid() + "/status"))) {
            return lines.filter(line -> line.startsWith(field + ":"))
                            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                            .findFirst()
                            .orElseThrow()
                    / 1024;
        }
    }

    private static double since(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static void sleep(Duration duration) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
