package io.paft.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.operator.Yaml;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The operator reads the very messages that the workers' tests write. */
class TerminationTest {

    private static final Path CONTRACT = Path.of("../worker-image/contract");

    /** The API server would refuse the whole status, for ever. */
    @Test
    void whatAStatusCannotHoldIsLeftOut() {
        String long_ = "x".repeat(200);
        assertThat(Termination.parse("""
                {"outcome": "Succeeded", "reason": "%s", "digest": "%s",
                 "metrics": {"loss": 0.5, "grad_norm": "NaN", "big": 1e999, "none": null, "%s": 1},
                 "result": {"best": "a", "score": "Infinity", "scores": [{"subject": "a", "score": "NaN", "metrics": {"x": "-Infinity"}}]}}
                """.formatted(long_, long_, long_))).get().satisfies(message -> {
            assertThat(message.metrics()).containsExactly(Map.entry("loss", 0.5));
            assertThat(message.reason()).hasSize(63);
            assertThat(message.digest()).hasSize(128);
            assertThat(message.result()).satisfies(report -> {
                assertThat(report.score()).isNull();
                assertThat(report.scores()).singleElement().satisfies(score -> {
                    assertThat(score.score()).isNull();
                    assertThat(score.metrics()).isEmpty();
                });
            });
        });
    }

    @ParameterizedTest
    @CsvSource({
        "succeeded, Succeeded, Completed",
        "report, Succeeded, Completed",
        "failed, Failed, DatasetMalformed",
        "stopped, Stopped, Stopped",
    })
    void readsTheMessagesOfTheContract(String name, String outcome, String reason) {
        String text = Yaml.text(CONTRACT.resolve("termination-" + name + ".json"));

        assertThat(Termination.parse(text))
                .get()
                .returns(outcome, Termination::outcome)
                .returns(reason, Termination::reason)
                .returns(false, Termination::reused)
                .satisfies(message -> assertThat(message.message()).isNotBlank());
    }
}
