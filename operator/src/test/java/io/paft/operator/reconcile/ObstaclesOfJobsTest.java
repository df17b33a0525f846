package io.paft.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.operator.plan.Observation;
import io.paft.operator.plan.Observation.Hold;
import io.paft.operator.plan.Observation.JobState;
import io.paft.operator.plan.Observation.ObservedJob;
import io.paft.operator.plan.Observation.ObservedPod;
import io.paft.operator.plan.Observation.PodRef;
import io.paft.operator.plan.Obstacle;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Of a Job whose next pod does not come, its own Events say why. */
class ObstaclesOfJobsTest {

    private static final Instant NOW = Instant.parse("2026-01-01T01:00:00Z");
    private static final PodRef POD = new PodRef("tiny-sft-abcde", "uid-pod", false, "2026-01-01T00:00:00Z");

    private final Obstacles obstacles = new Obstacles(new PipelineClient(new Requests(null) {
        @Override
        List<Event> events(String namespace, String uid) {
            return uid.equals("uid-job")
                    ? List.of(new EventBuilder()
                            .withType("Warning")
                            .withReason("FailedCreate")
                            .withMessage("exceeded quota")
                            .withLastTimestamp("2026-01-01T00:59:59Z")
                            .build())
                    : List.of();
        }
    }));

    @Test
    void thatItsPodIsRefusedAfterTheLastOneFailed() {
        assertThat(found(ended(137)))
                .containsExactly(Map.entry("tiny-sft", new Obstacle("FailedCreate", "exceeded quota")));
    }

    @Test
    void thatItsFirstPodIsRefused() {
        assertThat(found()).containsOnlyKeys("tiny-sft");
    }

    @Test
    void nothingIsAskedOfAJobWhosePodRunsOrEndedWell() {
        assertThat(found(ended(0))).isEmpty();
        assertThat(found(new ObservedPod.Running("2026-01-01T00:00:01Z", null, 0, POD, null)))
                .isEmpty();
    }

    private static ObservedPod ended(int exitCode) {
        return new ObservedPod.Ended(
                exitCode, null, null, "2026-01-01T00:00:01Z", "2026-01-01T00:30:00Z", 0, POD, null);
    }

    private Map<String, Obstacle> found(ObservedPod... pods) {
        var pipeline = new PaftPipeline();
        pipeline.setMetadata(new ObjectMetaBuilder()
                .withNamespace("llm")
                .withName("tiny")
                .withUid("uid-pipeline")
                .build());
        var job = new ObservedJob(
                "tiny-sft",
                "uid-job",
                JobState.ACTIVE,
                null,
                null,
                pods.length,
                false,
                "2026-01-01T00:00:00Z",
                null,
                List.of(pods),
                Hold.NONE,
                false,
                0,
                3,
                0,
                null,
                null);
        var observed = new Observation(List.of(job), Map.of());
        obstacles.find(pipeline, observed, NOW);
        return obstacles
                .find(pipeline, observed, NOW.plus(Obstacles.PATIENCE).plusSeconds(1))
                .byJob();
    }
}
