package io.paft.operator.e2e;

import static io.paft.api.v1alpha1.StageState.Running;
import static org.assertj.core.api.Assertions.assertThat;

import io.paft.api.v1alpha1.StageStatus;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The operator dies in the middle of everything, three times. */
@Tag("e2e")
class OperatorKilledTest {

    private static final String LORA = "lora";
    private static final Duration LONG = Duration.ofSeconds(90);

    @RegisterExtension
    final Story story = new Story("killed");

    @Test
    void killedInEveryPhaseChangesNothing() {
        var operator = new OperatorPod(story.client());
        Pipeline pipeline = Pipeline.of("lora.yaml").with("spec.evaluation.baselines", List.of("SFT"));
        story.apply(pipeline);

        story.until("sft runs", LONG, () -> story.is(LORA, "sft", Running));
        assertThat(phase()).isEqualTo("Training");
        operator.kill();
        operator.waitUntilReady();

        // Seen in the Jobs, not in the status: between the two is where an operator can forget what it did.
        story.until("the merge has a Job", LONG, () -> story.jobs(LORA).containsKey("merge-ties"));
        operator.kill();
        operator.waitUntilReady();

        story.until("an evaluation has a Job", LONG, () -> story.jobs(LORA).containsKey("evaluate-ties"));
        operator.kill();
        operator.waitUntilReady();

        story.untilSucceeded(LORA, LONG);
        nothingRanTwice();
        outcomeIsWhole();
    }

    private void nothingRanTwice() {
        assertThat(story.audit().jobsCreated())
                .extracting(AuditLog.Write::name)
                .as("Jobs created")
                .containsExactlyInAnyOrderElementsOf(story.stages(LORA).values().stream()
                        .map(StageStatus::job)
                        .toList());
        assertThat(story.audit().jobsDeletedByOperator()).as("Jobs deleted").isEmpty();
        assertThat(story.audit().podsCreated())
                .as("pods of Jobs")
                .hasSameSizeAs(story.stages(LORA).values());
        assertThat(story.stages(LORA).values())
                .allSatisfy(stage -> assertThat(stage.attempts())
                        .as("attempts of " + stage.name())
                        .isEqualTo(1))
                .allSatisfy(stage -> assertThat(stage.reused())
                        .as("reuse of " + stage.name())
                        .isNull());
    }

    private void outcomeIsWhole() {
        story.stages(LORA)
                .values()
                .forEach(stage -> assertThat(
                                story.workspace().digest(stage.output().uri()))
                        .as("digest of the files of " + stage.name())
                        .isEqualTo(stage.output().digest()));
        var result = story.get(LORA).getStatus().result();
        assertThat(result.best()).isEqualTo("ties");
        assertThat(result.scores()).hasSize(2);
    }

    private String phase() {
        return story.get(LORA).getStatus().phase();
    }
}
