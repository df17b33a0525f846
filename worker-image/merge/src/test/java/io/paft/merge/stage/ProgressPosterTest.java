package io.paft.merge.stage;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.paft.merge.engine.Progress;
import io.paft.merge.engine.SilentProgress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a real HTTPS server: what arrives, and that a merge neither waits for it nor fails by it. */
class ProgressPosterTest {
    private static final Duration PACE = Duration.ofMillis(50);
    private static final ProgressPoster.Size SIZE = new ProgressPoster.Size(1000, 500, 4);

    @TempDir
    Path directory;

    private final List<String> log = new CopyOnWriteArrayList<>();

    @Test
    void tellsPercentTensorsAndTimeLeftButNeverThatAllIsDone() throws Exception {
        try (OperatorEndpoint operator = new OperatorEndpoint(directory)) {
            Progress progress = ProgressPoster.of(SIZE, operator.environment(), PACE, log::add);
            await(() -> !operator.bodies.isEmpty());
            assertThat(operator.bodies.getFirst().at("/trainerStatus").has("estimatedRemainingSeconds"))
                    .as("an estimate of nothing")
                    .isFalse();

            progress.bytes(427);
            progress.tensor();
            await(() -> percent(operator) == 42);
            JsonNode status = operator.bodies.getLast().get("trainerStatus");
            assertThat(status.get("estimatedRemainingSeconds").isIntegralNumber())
                    .isTrue();
            assertThat(status.get("metrics").toString())
                    .isEqualTo(
                            "[{\"name\":\"current_step\",\"value\":\"1\"},{\"name\":\"total_steps\",\"value\":\"4\"},"
                                    + "{\"name\":\"work_done\",\"value\":\"427\"}]");

            Files.writeString(operator.token, "second");
            progress.bytes(573);
            await(() -> percent(operator) == 99);
            assertThat(operator.tokens).startsWith("Bearer first").endsWith("Bearer second");
            assertThat(log).isEmpty();
        }
    }

    /** A merge that says nothing while it reads whole models for their thresholds would be taken for one that hangs. */
    @Test
    void whatIsReadForThresholdsIsProgressToo() throws Exception {
        try (OperatorEndpoint operator = new OperatorEndpoint(directory)) {
            Progress progress = ProgressPoster.of(SIZE, operator.environment(), PACE, log::add);
            progress.scanned(500, 1500);
            await(() -> percent(operator) == 25);
            progress.scanned(1000, 1500);
            await(() -> percent(operator) == 75);
            progress.kept(1, 200);
            await(() -> percent(operator) == 80);
            progress.bytes(400);
            await(() -> percent(operator) == 90);
        }
    }

    /** Of a large model a percent takes long. */
    @Test
    void whatIsLessThanAPercentIsWorkAllTheSame() throws Exception {
        try (OperatorEndpoint operator = new OperatorEndpoint(directory)) {
            Progress progress = ProgressPoster.of(SIZE, operator.environment(), PACE, log::add);
            progress.bytes(100);
            await(() -> percent(operator) == 10);
            progress.bytes(1);
            await(() -> operator.bodies.getLast().toString().contains("\"101\""));
            assertThat(percent(operator)).isEqualTo(10);
        }
    }

    @Test
    void saysNothingTwice() throws Exception {
        try (OperatorEndpoint operator = new OperatorEndpoint(directory)) {
            Progress progress = ProgressPoster.of(SIZE, operator.environment(), PACE, log::add);
            progress.bytes(100);
            await(() -> percent(operator) == 10);
            int said = operator.bodies.size();
            Thread.sleep(10 * PACE.toMillis());
            assertThat(operator.bodies).hasSize(said);
        }
    }

    @Test
    void aRefusalIsLoggedOnceAndTheNextOneIsTriedAllTheSame() throws Exception {
        try (OperatorEndpoint operator = new OperatorEndpoint(directory)) {
            operator.code = 403;
            Progress progress = ProgressPoster.of(SIZE, operator.environment(), PACE, log::add);
            await(() -> operator.bodies.size() > 3);
            assertThat(log).singleElement().asString().contains("HTTP 403", "the merge goes on");
            operator.code = 200;
            progress.bytes(500);
            await(() -> percent(operator) == 50);
        }
    }

    /** A listener that takes connections and never answers is the worst of all networks. */
    @Test
    void anEndpointThatNeverAnswersCostsTheMergeNothing() throws Exception {
        try (OperatorEndpoint operator = new OperatorEndpoint(directory);
                ServerSocket hole = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Map<String, String> environment = new HashMap<>(operator.environment());
            environment.put(ProgressClient.URL, "https://localhost:" + hole.getLocalPort() + "/progress");
            var huge = new ProgressPoster.Size(1L << 40, 1L << 39, 1_000_000);
            Progress progress = ProgressPoster.of(huge, environment, PACE, log::add);

            long start = System.nanoTime();
            for (int i = 0; i < 1_000_000; i++) {
                progress.bytes(1 << 20);
                progress.tensor();
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
        }
    }

    @Test
    void withoutTheVariablesOrWithoutACertificateAMergeRunsAsBefore() throws IOException {
        assertThat(ProgressPoster.of(SIZE, Map.of(), PACE, log::add)).isSameAs(SilentProgress.NONE);
        assertThat(log).isEmpty();

        Map<String, String> broken = Map.of(
                ProgressClient.URL,
                "https://localhost:1/",
                ProgressClient.CA_CERT,
                "/none",
                ProgressClient.TOKEN,
                "/none");
        assertThat(ProgressPoster.of(SIZE, broken, PACE, log::add)).isSameAs(SilentProgress.NONE);
        assertThat(log).singleElement().asString().contains("/none");
    }

    private static int percent(OperatorEndpoint operator) {
        return operator.bodies.isEmpty()
                ? -1
                : operator.bodies
                        .getLast()
                        .at("/trainerStatus/progressPercentage")
                        .asInt();
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("ten seconds are over").isLessThan(end);
            Thread.sleep(10);
        }
    }
}
