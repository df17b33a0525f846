package io.paft.operator.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.javaoperatorsdk.operator.Operator;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What keeps a pod from starting, in the words of whoever knows it: against a real API server. */
@Tag("apiserver")
class ObstaclesTest {

    private static final Duration SOON = Duration.ofSeconds(15);

    private static World world;

    private String namespace;
    private Traffic traffic;
    private Operator operator;
    private PaftPipeline pipeline;

    @BeforeAll
    static void startWorld() {
        world = new World();
    }

    @AfterAll
    static void stopWorld() {
        world.close();
    }

    @BeforeEach
    void start() {
        namespace = world.namespace();
        traffic = new Traffic(namespace);
        operator = world.operator(traffic);
        pipeline = world.apply(namespace);
        await().atMost(SOON).until(() -> world.jobs(namespace).size() == 3);
    }

    @AfterEach
    void stop() {
        operator.stop();
    }

    @Test
    void whatOnlyEventsSayIsInTheStatusWithinSeconds() throws InterruptedException {
        Job sft = job("sft");
        Instant start = Instant.now();
        warn(
                sft,
                "FailedCreate",
                0,
                "Error creating: pods \"%s-abcde\" is forbidden: exceeded quota: gpus"
                        .formatted(sft.getMetadata().getName()));
        Pod pod = world.workload.creating(job("preference"));
        warn(pod, "FailedMount", 0, "MountVolume.SetUp failed for volume \"workspace\" : no such device");
        Pod healthy = world.workload.creating(job("evaluate-base"));
        warn(healthy, "FailedMount", -60, "was there a minute ago");
        world.client()
                .resource(event(healthy, "Normal", "Pulling", 0, "Pulling image"))
                .create();

        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            assertThat(stage("sft").reason()).isEqualTo("FailedCreate");
            assertThat(stage("sft").message())
                    .isEqualTo("Error creating: pods \"%s\" is forbidden: exceeded quota: gpus"
                            .formatted(sft.getMetadata().getName()));
            assertThat(stage("preference").reason()).isEqualTo("FailedMount");
            assertThat(stage("preference").message()).contains("no such device");
        });
        assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(10));
        assertThat(stage("evaluate-base").reason()).isEqualTo("Starting");

        // The Job controller tries again and again, with another name of the pod each time.
        int writes = traffic.statusWrites.get();
        for (int i = 0; i < 5; i++) {
            warn(
                    sft,
                    "FailedCreate",
                    i,
                    "Error creating: pods \"%s-abcd%d\" is forbidden: exceeded quota: gpus"
                            .formatted(sft.getMetadata().getName(), i));
            world.workload.scheduled(pod, "0/%d nodes are available: 1 Insufficient cpu.".formatted(i + 1));
            Thread.sleep(1500);
        }
        assertThat(traffic.statusWrites.get() - writes)
                .as("the first words of the scheduler, and not each of the next ones")
                .isEqualTo(1);
        assertThat(stage("preference").message()).isEqualTo("0/1 nodes are available: 1 Insufficient cpu.");

        // Another operator says the same, and does not take it back first.
        operator.stop();
        var next = new Traffic(namespace);
        operator = world.operator(next);
        Thread.sleep(3000);
        assertThat(next.statusWrites.get()).isLessThanOrEqualTo(1);
        assertThat(stage("sft").reason()).isEqualTo("FailedCreate");
        world.workload.running(sft);
        await().atMost(SOON).until(() -> stage("sft").state() == StageState.Running);
    }

    private void warn(HasMetadata about, String reason, int seconds, String message) {
        world.client()
                .resource(event(about, "Warning", reason, seconds, message))
                .create();
    }

    private Event event(HasMetadata about, String type, String reason, int seconds, String message) {
        String time = Instant.now()
                .plusSeconds(seconds)
                .truncatedTo(ChronoUnit.SECONDS)
                .toString();
        return new EventBuilder()
                .withNewMetadata()
                .withGenerateName("event-")
                .withNamespace(namespace)
                .endMetadata()
                .withNewInvolvedObject()
                .withApiVersion(about.getApiVersion())
                .withKind(about.getKind())
                .withNamespace(namespace)
                .withName(about.getMetadata().getName())
                .withUid(about.getMetadata().getUid())
                .endInvolvedObject()
                .withType(type)
                .withReason(reason)
                .withMessage(message)
                .withFirstTimestamp(time)
                .withLastTimestamp(time)
                .build();
    }

    private Job job(String stage) {
        return world.job(namespace, stage).orElseThrow();
    }

    private StageStatus stage(String name) {
        return world.stage(pipeline, name);
    }
}
