package io.paft.operator.e2e;

import static io.paft.api.v1alpha1.StageState.Pending;
import static io.paft.api.v1alpha1.StageState.Running;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Pod;
import io.paft.api.v1alpha1.StageProgress;
import io.paft.api.v1alpha1.StageStatus;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A training is suspended and goes on; then its process hangs, and is noticed, stopped and gone on from. */
@Tag("e2e")
class PausesTest {

    private static final String BARE = "bare";
    private static final Duration LONG = Duration.ofMinutes(2);

    @RegisterExtension
    final Story story = new Story("pauses");

    @Test
    void nothingIsLostBySuspendingAndNoProcessHangsForEver() {
        story.apply(Pipeline.of("bare.yaml")
                // Would train for an hour.
                .with("spec.sft.hyperparameters.maxSteps", 100_000)
                .with("spec.sft.hyperparameters.loggingSteps", 20)
                .with("spec.sft.checkpointInterval", "10s")
                .with("spec.sft.stallTimeout", "1m")
                .with("spec.sft.pod", Map.of("terminationGracePeriodSeconds", 3)));
        story.until("there is a stage", LONG, () -> sft() != null);
        progresses(0);

        suspend(true);
        story.until(
                "the pipeline is suspended",
                LONG,
                () -> story.condition(BARE, "Suspended").equals("True"));
        assertThat(story.pods(BARE, "sft"))
                .as("pods of a suspended stage")
                .allSatisfy(pod -> assertThat(pod.getStatus().getPhase()).isIn("Succeeded", "Failed"));
        assertThat(story.jobs(BARE).get("sft").getSpec().getSuspend()).isTrue();
        assertThat(sft().state()).isEqualTo(Pending);
        assertThat(sft().reason()).isEqualTo("Suspended");

        suspend(false);
        JsonNode second = run(2);
        assertThat(second.get("step").asInt()).as("step it went on from").isPositive();
        assertThat(second.path("lostSteps").asInt()).as("steps done twice").isZero();

        int saved = checkpoint(second.get("step").asInt());
        progresses(second.get("step").asInt());
        Pod hanging = story.pods(BARE, "sft").getLast();
        PodProcesses.of(hanging).signal("STOP");
        story.until("it is noticed", LONG, () -> "NoProgress".equals(sft().reason()));
        assertThat(sft().message()).contains("no step for 1m").contains("its pod is stopped");

        assertThat(run(3).get("step").asInt()).as("step it went on from").isGreaterThanOrEqualTo(saved);
        story.until("it runs again", LONG, () -> story.is(BARE, "sft", Running));
        assertThat(sft().lost())
                .as("attempts that were lost")
                .satisfiesExactly(
                        suspended -> assertThat(suspended.counted()).isFalse(),
                        stalled -> assertThat(stalled)
                                .satisfies(
                                        attempt -> assertThat(attempt.reason()).isEqualTo("NoProgress"))
                                .satisfies(
                                        attempt -> assertThat(attempt.counted()).isTrue()));
    }

    private void suspend(boolean suspend) {
        story.kubectl()
                .run("patch", "paft", BARE, "--type", "merge", "-p", "{\"spec\":{\"suspend\":%s}}".formatted(suspend));
    }

    /** Waits until the status tells of a later step, as the pod has told the operator. */
    private void progresses(int after) {
        story.until("the status tells of a step after " + after, LONG, () -> step().orElse(0) > after);
    }

    /** Waits for a checkpoint of a later step. */
    private int checkpoint(int after) {
        story.until("there is a checkpoint after step " + after, LONG, () -> newest() > after);
        return newest();
    }

    private int newest() {
        String newest = story.workspace()
                .shell("ls %s | sed -n 's/^step-\\([0-9]*\\)$/\\1/p' | sort -n | tail -n 1".formatted(work()));
        return newest.isBlank() ? 0 : Integer.parseInt(newest.strip());
    }

    private String work() {
        return "sft/" + sft().key() + ".work";
    }

    private Optional<Integer> step() {
        return Optional.ofNullable(sft())
                .map(StageStatus::progress)
                .map(StageProgress::step)
                .map(Number::intValue);
    }

    private StageStatus sft() {
        return story.stages(BARE).get("sft");
    }

    /** What the training itself wrote down of its n-th start. */
    private JsonNode run(int number) {
        String file = work() + "/runs.jsonl";
        story.until("start " + number, LONG, () -> starts(file).size() >= number);
        return starts(file).get(number - 1);
    }

    private List<JsonNode> starts(String file) {
        return story.workspace().lines(file);
    }
}
