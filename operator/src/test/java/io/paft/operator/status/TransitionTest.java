package io.paft.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Every transition is told once, and nothing else is. */
class TransitionTest {

    @Test
    void tellsEachStepOfAStage() {
        assertThat(reasons(null, status("Pending", stage(StageState.Pending, "Starting"))))
                .containsExactly("StageStarting");
        assertThat(reasons(
                        status("Pending", stage(StageState.Pending, "Starting")),
                        status("Training", stage(StageState.Running, null))))
                .containsExactly("StageRunning");
        assertThat(reasons(
                        status("Training", stage(StageState.Running, null)),
                        status("Succeeded", stage(StageState.Succeeded, "Completed"))))
                .containsExactly("StageSucceeded", "PipelineSucceeded");
        assertThat(reasons(
                        status("Training", stage(StageState.Running, null)),
                        status("Failed", stage(StageState.Failed, "DatasetEmpty"))))
                .containsExactly("StageFailed", "PipelineFailed");
    }

    @Test
    void saysNothingWhenOnlyNumbersChanged() {
        var before = status("Training", stage(StageState.Running, null));
        assertThat(Transition.between(before, before)).isEmpty();
        assertThat(Transition.between(
                        status("Pending", stage(StageState.Pending, "WaitingForDependencies")),
                        status("Pending", stage(StageState.Pending, "WaitingForDependencies"))))
                .isEmpty();
    }

    @Test
    void warnsOfWhatAPersonMustKnow() {
        var transitions = Transition.between(
                status("Pending", stage(StageState.Pending, "Starting")),
                status("Pending", stage(StageState.Pending, "Unschedulable")));
        assertThat(transitions).singleElement().satisfies(transition -> {
            assertThat(transition.warning()).isTrue();
            assertThat(transition.message()).isEqualTo("sft: Unschedulable: words");
        });
    }

    @Test
    void aPodThatFoundItsPlaceStartsNoSecondTime() {
        var before = status("Pending", stage(StageState.Pending, "Unschedulable"));
        assertThat(reasons(before, status("Pending", stage(StageState.Pending, "Starting"))))
                .isEmpty();
    }

    @Test
    void aReusedResultIsNotCalledASuccessOfNow() {
        var reused = new StageStatus(
                "sft",
                StageState.Succeeded,
                "Completed",
                "words",
                "k",
                true,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
        assertThat(reasons(null, status("Training", reused))).containsExactly("StageReused");
    }

    @Test
    void whoeverAsksForARetryHearsWhatCameOfIt() {
        var failed = status("Failed", stage(StageState.Failed, "WorkspaceFull"));
        var nothing = withRetry(status("Succeeded", stage(StageState.Succeeded, "Completed")), "1", null);
        var again = withRetry(status("Pending", stage(StageState.Pending, "RetryRequested")), "1", "1");

        assertThat(Transition.between(failed, again))
                .extracting(Transition::message)
                .containsExactly("paft.io/retry is 1: tries again: sft");
        assertThat(Transition.between(status("Succeeded", stage(StageState.Succeeded, "Completed")), nothing))
                .singleElement()
                .satisfies(told -> assertThat(told.message()).contains("no stage has failed"));
        assertThat(Transition.between(again, again)).isEmpty();
        assertThat(reasons(failed, withRetry(status("Pending", stage(StageState.Pending, "Starting")), "1", "1")))
                .containsExactly("StageStarting", "RetryRequested");
    }

    private static PaftPipelineStatus withRetry(PaftPipelineStatus status, String recorded, @Nullable String ofStage) {
        List<StageStatus> stages = status.stages().stream()
                .map(stage -> stage.withAttempts(null, null, null, null, ofStage))
                .toList();
        return new PaftPipelineStatus(
                1L, status.phase(), null, null, null, stages, null, null, null, null, null, recorded);
    }

    private static List<String> reasons(@Nullable PaftPipelineStatus before, PaftPipelineStatus after) {
        return Transition.between(before, after).stream()
                .map(Transition::reason)
                .toList();
    }

    private static PaftPipelineStatus status(String phase, StageStatus stage) {
        return new PaftPipelineStatus(1L, phase, null, null, null, List.of(stage), null, null, null, null, null, null);
    }

    private static StageStatus stage(StageState state, @Nullable String reason) {
        return new StageStatus(
                "sft", state, reason, "words", "k", null, null, "job", null, null, null, null, null, null);
    }
}
