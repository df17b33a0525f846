package io.paft.operator.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.Yaml;
import io.paft.operator.status.Transition;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StageMetricsTest {

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final StageMetrics metrics = new StageMetrics(registry);

    @Test
    void everythingIsThereFromTheStart() {
        assertThat(registry.get("paft.stages").counters()).hasSizeGreaterThan(10);
        assertThat(registry.get("paft.pipelines.completed").counters()).hasSize(2);
        assertThat(count("paft.gpu.seconds", "outcome", "wasted")).isZero();
        for (String stage : List.of("fetch", "sft", "preference", "sequential", "merge", "evaluate", "report")) {
            assertThat(count("paft.stage.attempts", "stage", stage)).as(stage).isZero();
        }
    }

    @Test
    void attemptsCountAsTheyAppear() {
        write(null, status("Training", stage("merge-ties", StageState.Running, "k1", 1, null)));
        assertThat(count("paft.stage.attempts", "stage", "merge")).isEqualTo(1);

        var first = status("Training", stage("merge-ties", StageState.Running, "k1", 1, null));
        write(first, first);
        assertThat(count("paft.stage.attempts", "stage", "merge")).isEqualTo(1);

        write(first, status("Training", stage("merge-ties", StageState.Pending, "k1", 3, null)));
        assertThat(count("paft.stage.attempts", "stage", "merge")).isEqualTo(3);

        // Another key is another run, with attempts of its own. Pods that are gone are not counted down.
        write(first, status("Training", stage("merge-ties", StageState.Running, "k2", 1, null)));
        assertThat(count("paft.stage.attempts", "stage", "merge")).isEqualTo(4);
        write(first, status("Training", stage("merge-ties", StageState.Running, "k1", null, null)));
        assertThat(count("paft.stage.attempts", "stage", "merge")).isEqualTo(4);
    }

    @Test
    void gpuSecondsAreWastedWithEachAttemptThatIsLostAndUsedByTheOneThatIsNot() {
        var running = status("Training", stage("sft", StageState.Running, "k1", 1, null));
        var failed = status("Training", lost(stage("sft", StageState.Failed, "k1", 1, 30L), 30L));
        var retried = status("Training", lost(stage("sft", StageState.Running, "k1", 2, 30L), 30L));
        var succeeded = status("Training", lost(stage("sft", StageState.Succeeded, "k1", 2, 130L), 30L));
        write(running, failed);
        write(failed, retried);
        write(retried, succeeded);

        assertThat(count("paft.gpu.seconds", "outcome", "used")).isEqualTo(100);
        assertThat(count("paft.gpu.seconds", "outcome", "wasted")).isEqualTo(30);
        assertThat(registry.get("paft.stages")
                        .tags("stage", "sft", "outcome", "succeeded")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    /** The deadline of a pipeline fails a stage at once; how long its pod held GPUs is known when it has ended. */
    @Test
    void whatADeadlineWastedIsCountedWhenTheStoppedPodHasEnded() {
        var running = status("Training", stage("sft", StageState.Running, "k1", 1, null));
        var stopped = status("Failed", stage("sft", StageState.Failed, "k1", 1, null));
        var ended = status("Failed", lost(stage("sft", StageState.Failed, "k1", 1, 40L), 40L));
        write(running, stopped);
        assertThat(count("paft.gpu.seconds", "outcome", "wasted")).isZero();
        write(stopped, ended);
        write(ended, ended);

        assertThat(count("paft.gpu.seconds", "outcome", "wasted")).isEqualTo(40);
        assertThat(count("paft.gpu.seconds", "outcome", "used")).isZero();
        assertThat(registry.get("paft.stages")
                        .tags("stage", "sft", "outcome", "failed")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    private static StageStatus lost(StageStatus stage, long gpuSeconds) {
        return stage.withAttempts(stage.attempts(), stage.gpuSeconds(), null, gpuSeconds, null);
    }

    @Test
    void pipelinesCountWhenTheyEnd() {
        var before = status("Training", stage("sft", StageState.Running, "k1", 1, null));
        var after = status("Failed", stage("sft", StageState.Failed, "k1", 1, null));
        write(before, after);
        write(after, after);
        assertThat(count("paft.pipelines.completed", "outcome", "failed")).isEqualTo(1);
        assertThat(count("paft.pipelines.completed", "outcome", "succeeded")).isZero();
    }

    private void write(@Nullable PaftPipelineStatus before, PaftPipelineStatus after) {
        metrics.record(before, after, Transition.between(before, after));
    }

    private double count(String name, String tag, String value) {
        return registry.get(name).tag(tag, value).counter().count();
    }

    static PaftPipelineStatus status(String phase, StageStatus... stages) {
        return Yaml.convert(Map.of("phase", phase, "stages", List.of(stages)), PaftPipelineStatus.class);
    }

    /** By name: the record grows at its end. */
    static StageStatus stage(
            String name, StageState state, String key, @Nullable Integer attempts, @Nullable Long gpuSeconds) {
        var fields = new HashMap<String, @Nullable Object>();
        fields.put("name", name);
        fields.put("state", state.name());
        fields.put("key", key);
        fields.put("attempts", attempts);
        fields.put("gpuSeconds", gpuSeconds);
        return Yaml.convert(fields, StageStatus.class);
    }
}
