package io.paft.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.operator.Yaml;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The operator reads the very messages that the workers' tests write. */
class TerminationTest {

    private static final Path CONTRACT = Path.of("../worker-image/contract");

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
