package io.paft.operator.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.operator.Yaml;
import io.paft.operator.metrics.Census.Waiting;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CensusTest {

    private static final Instant NOW = Instant.parse("2026-01-01T01:00:00Z");

    @Test
    void countsPhasesAndKeepsTheLabelBounded() {
        Census census = Census.of(
                Stream.of(
                        pipeline("{}"),
                        pipeline("{phase: Training}"),
                        pipeline("{phase: Dreaming}"),
                        new PaftPipeline()),
                NOW);
        assertThat(census.phase("Pending")).isEqualTo(2);
        assertThat(census.phase("Training")).isEqualTo(1);
        assertThat(census.phase("Other")).isEqualTo(1);
        assertThat(census.phase("Failed")).isZero();
    }

    @Test
    void countsStagesThatCouldRunByWhatTheyWaitFor() {
        Census census = Census.of(Stream.of(pipeline("""
                        {phase: Training, stages: [
                          {name: sft, state: Pending, key: a, reason: Unschedulable, startTime: "2026-01-01T00:15:00Z"},
                          {name: preference, state: Pending, key: b, reason: ErrImagePull, startTime: "2026-01-01T00:30:00Z"},
                          {name: evaluate-base, state: Pending, key: c, reason: JobRefused},
                          {name: merge-ties, state: Pending, key: d, reason: WaitingForDependencies},
                          {name: evaluate-sft, state: Pending, key: e, reason: SomethingTheKubeletSays},
                          {name: report, state: Running, key: f, startTime: "2026-01-01T00:00:00Z"}]}
                        """)), NOW);
        assertThat(census.waiting(Waiting.UNSCHEDULABLE)).isEqualTo(1);
        assertThat(census.waiting(Waiting.IMAGE)).isEqualTo(1);
        assertThat(census.waiting(Waiting.JOB_REFUSED)).isEqualTo(1);
        assertThat(census.waiting(Waiting.OTHER)).isEqualTo(1);
        assertThat(census.waiting(Waiting.STARTING)).isZero();
        assertThat(census.longestWait()).hasMinutes(45);
    }

    /** Nobody looks how its stages stand: one that is told to wait may have run for hours. */
    @Test
    void stagesOfAnInvalidSpecAreNotCounted() {
        Census census = Census.of(Stream.of(pipeline("""
                        {phase: Failed, conditions: [{type: Stalled, status: "True", reason: InvalidSpec}], stages: [
                          {name: sft, state: Pending, key: a, reason: Unschedulable, startTime: "2026-01-01T00:15:00Z"}]}
                        """)), NOW);
        assertThat(census.phase("Failed")).isEqualTo(1);
        assertThat(census.waiting(Waiting.UNSCHEDULABLE)).isZero();
        assertThat(census.longestWait()).isZero();
    }

    @Test
    void whatHasRunHasNotWaited() {
        Census census = Census.of(Stream.of(pipeline("""
                        {phase: Training, stages: [
                          {name: sft, state: Pending, key: a, reason: Retrying, startTime: "2025-12-31T20:00:00Z", lost: [
                            {number: 1, reason: OOMKilled, counted: true, startTime: "2025-12-31T20:00:00Z", endTime: "2026-01-01T00:50:00Z"}]},
                          {name: preference, state: Pending, key: b, reason: Disrupted, startTime: "2025-12-31T20:00:00Z", lost: [
                            {number: 1, reason: PreemptionByScheduler, counted: false, startTime: "2025-12-31T20:00:00Z"}]}]}
                        """)), NOW);
        assertThat(census.waiting(Waiting.RETRYING)).isEqualTo(1);
        assertThat(census.longestWait()).hasMinutes(10);
    }

    /** A pipeline that was suspended for days, or tried again days later, has lost its last attempt long ago. */
    @Test
    void whatHasJustBegunAgainHasNotWaitedSinceItsLastAttempt() {
        Census census = Census.of(Stream.of(pipeline("""
                        {phase: Training, stages: [
                          {name: sft, state: Pending, key: a, reason: Starting, lost: [
                            {number: 1, reason: Suspended, counted: false, startTime: "2025-12-28T20:00:00Z", endTime: "2025-12-28T21:00:00Z"}]}]}
                        """)), NOW);
        assertThat(census.waiting(Waiting.STARTING)).isEqualTo(1);
        assertThat(census.longestWait()).isZero();
    }

    @Test
    void whatIsNotMeantToRunDoesNotWait() {
        Census census = Census.of(Stream.of(pipeline("""
                        {phase: Suspending, stages: [
                          {name: sft, state: Pending, key: a, reason: Suspended, startTime: "2025-12-31T20:00:00Z"},
                          {name: preference, state: Pending, key: b, reason: Suspending, startTime: "2025-12-31T20:00:00Z"},
                          {name: merge-ties, state: Pending, key: c, reason: WaitingForPipeline, startTime: "2025-12-31T20:00:00Z"}]}
                        """)), NOW);
        assertThat(census.waiting(Waiting.OTHER)).isZero();
        assertThat(census.longestWait()).isZero();
        assertThat(census.phase("Suspending")).isEqualTo(1);
    }

    private static PaftPipeline pipeline(String status) {
        return Yaml.read("metadata: {name: x}\nstatus: " + status.replace('\n', ' '), PaftPipeline.class);
    }
}
