package io.paft.operator.e2e;

import static io.paft.api.v1alpha1.StageState.Running;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
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
        Pipeline pipeline = Pipeline.of("lora.yaml").with("spec.evaluation.baselines", List.of("SFT"));
        story.apply(pipeline);

        story.until("sft runs", LONG, () -> story.is(LORA, "sft", Running));
        kill("Training");
        // A Job that was just created, before status could say that it runs: the moment to forget what one did.
        story.until("the merge has a Job", LONG, () -> story.jobs(LORA).containsKey("merge-ties"));
        kill("Merging");
        story.until("an evaluation has a Job", LONG, () -> story.jobs(LORA).containsKey("evaluate-ties"));
        kill("Evaluating");

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

    private void kill(String phase) {
        var operator = new OperatorPod(story.client());
        Pod killed = operator.kill();
        assertThat(story.get(LORA).getStatus().phase())
                .as("phase in which the operator died")
                .isEqualTo(phase);
        story.until("a new operator is ready", LONG, () -> operator.isReadyAfter(killed));
    }
}
