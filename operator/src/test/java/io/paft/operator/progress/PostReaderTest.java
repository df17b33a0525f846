package io.paft.operator.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.paft.operator.Yaml;
import io.paft.operator.plan.Progress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PostReaderTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Path CONTRACT = Path.of("../worker-image/contract");
    private static final String TIME = "\"lastUpdatedTime\": \"2026-01-01T00:00:00Z\"";

    /** The file is what transformers' KubeflowCallback sends; the worker's tests hold it against the callback itself. */
    @Test
    void readsWhatTransformersSends() throws RefusedException {
        Progress progress = read(Yaml.text(CONTRACT.resolve("progress.json")));

        assertThat(progress)
                .isEqualTo(new Progress(
                        0.42,
                        63L,
                        150L,
                        null,
                        118L,
                        Map.of(
                                "loss", 0.4123,
                                "grad_norm", 1.25,
                                "learning_rate", 0.00012,
                                "reward_margin", 0.034,
                                "reward_accuracy", 0.75,
                                "epoch", 0.84),
                        NOW));
    }

    @Test
    void whatIsNotSaidIsNotInvented() throws RefusedException {
        Progress progress = read("{\"trainerStatus\": {" + TIME + "}}");
        assertThat(progress).isEqualTo(new Progress(null, null, null, null, null, Map.of(), NOW));
    }

    @Test
    void whatAPodCountsForItselfIsNoMetric() throws RefusedException {
        Progress progress = read(
                "{\"trainerStatus\": {" + TIME + ", \"metrics\": [{\"name\": \"work_done\", \"value\": \"12.5\"}]}}");
        assertThat(progress).isEqualTo(new Progress(null, null, null, 12.5, null, Map.of(), NOW));
    }

    @Test
    void newFieldsOfANewerSenderDoNoHarm() throws RefusedException {
        assertThat(read("{\"x\": 1, \"trainerStatus\": {" + TIME
                                + ", \"phase\": {\"a\": []}, \"progressPercentage\": 3}}")
                        .fraction())
                .isEqualTo(0.03);
    }

    @Test
    void numbersThatAreNoneAreLeftOut() throws RefusedException {
        Progress progress = read("{\"trainerStatus\": {" + TIME
                + ", \"metrics\": [{\"name\": \"loss\", \"value\": \"nan\"}, {\"name\": \"note\", \"value\": \"warm\"},"
                + " {\"name\": \"current_step\", \"value\": \"9\"}, {\"name\": \"total_steps\", \"value\": \"8\"}]}}");
        assertThat(progress.metrics()).isEmpty();
        assertThat(progress.step()).isEqualTo(9);
        assertThat(progress.totalSteps()).as("fewer than are done").isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{",
                "{}",
                "{\"trainerStatus\": 1}",
                "{\"trainerStatus\": {}}",
                "{\"trainerStatus\": {TIME}} x",
                "{\"trainerStatus\": {TIME}, \"trainerStatus\": {TIME}}",
                "{\"trainerStatus\": {\"lastUpdatedTime\": \"yesterday\"}}",
                "{\"trainerStatus\": {\"lastUpdatedTime\": 17}}",
                "{\"trainerStatus\": {TIME, \"progressPercentage\": 101}}",
                "{\"trainerStatus\": {TIME, \"progressPercentage\": -1}}",
                "{\"trainerStatus\": {TIME, \"progressPercentage\": 1.5}}",
                "{\"trainerStatus\": {TIME, \"progressPercentage\": \"42\"}}",
                "{\"trainerStatus\": {TIME, \"progressPercentage\": NaN}}",
                "{\"trainerStatus\": {TIME, \"estimatedRemainingSeconds\": 99999999999999999999}}",
                "{\"trainerStatus\": {TIME, \"metrics\": {}}}",
                "{\"trainerStatus\": {TIME, \"metrics\": [1]}}",
                "{\"trainerStatus\": {TIME, \"metrics\": [{\"name\": \"loss\", \"value\": 1}]}}",
                "{\"trainerStatus\": {TIME, \"metrics\": [{\"name\": \"\", \"value\": \"1\"}]}}",
                "{\"trainerStatus\": {TIME, \"a\": [[[[[[[[[[1]]]]]]]]]]}}",
            })
    void refusesWhatIsNoReport(String body) {
        assertThatThrownBy(() -> read(body.replace("TIME", TIME)))
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.refusal()).isEqualTo(Refusal.MALFORMED));
    }

    @Test
    void refusesMoreMetricsOrLongerTextsThanAgreed() {
        String metric = "{\"name\": \"m\", \"value\": \"1\"},";
        String many = metric.repeat(257);
        assertThatThrownBy(() -> read("{\"trainerStatus\": {" + TIME + ", \"metrics\": ["
                        + many.substring(0, many.length() - 1) + "]}}"))
                .hasMessageContaining("256");
        assertThatThrownBy(() -> read("{\"trainerStatus\": {" + TIME + ", \"metrics\": [{\"name\": \"" + "n".repeat(65)
                        + "\", \"value\": \"1\"}]}}"))
                .hasMessageContaining("64");
    }

    /** Any bytes: read or refused, never another exception. */
    @Test
    void anyDamageIsReadOrRefused() {
        byte[] good = Yaml.text(CONTRACT.resolve("progress.json")).getBytes(StandardCharsets.UTF_8);
        int refused = 0;
        for (int seed = 0; seed < 20_000; seed++) {
            var random = new Random(seed);
            byte[] body = Arrays.copyOf(good, seed % 3 == 0 ? random.nextInt(good.length) : good.length);
            for (int i = random.nextInt(4); i > 0 && body.length > 0; i--) {
                body[random.nextInt(body.length)] = (byte) random.nextInt(256);
            }
            try {
                PostReader.read(body, NOW);
            } catch (RefusedException e) {
                assertThat(e.refusal()).isEqualTo(Refusal.MALFORMED);
                refused++;
            }
        }
        assertThat(refused).isBetween(5_000, 19_000);
    }

    private static Progress read(String body) throws RefusedException {
        return PostReader.read(body.getBytes(StandardCharsets.UTF_8), NOW);
    }
}
