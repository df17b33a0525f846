package io.paft.operator.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.javaoperatorsdk.operator.Operator;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.plan.Progress;
import io.paft.operator.progress.ProgressBook;
import io.paft.operator.reconcile.Caches;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Suspending, deleting, running out of time, standing still: against a real API server. */
@Tag("apiserver")
class InterruptionsTest {

    private static final Duration SOON = Duration.ofSeconds(15);
    private static final String DONE =
            "{\"outcome\":\"Succeeded\",\"reason\":\"Completed\",\"message\":\"done\",\"digest\":\"sha256:0\",\"bytes\":1}";

    private static World world;

    private final ProgressBook book = new ProgressBook();
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
        operator = world.operator(traffic, new Caches(), book);
        pipeline = world.apply(namespace);
        await().atMost(SOON).until(() -> world.jobs(namespace).size() == 3);
    }

    @AfterEach
    void stop() {
        operator.stop();
    }

    @Test
    void suspendsItsJobsSaysWhatStillStopsAndLetsTheSameJobsGoOn() throws InterruptedException {
        Job queued = job("evaluate-base");
        world.client().resource(queued).edit(other -> {
            other.getSpec().setSuspend(true);
            return other;
        });
        world.workload.complete(job("preference"), DONE);
        Pod pod = world.workload.running(job("sft"));
        await().atMost(SOON)
                .until(() -> stage("sft").state() == StageState.Running
                        && stage("preference").state() == StageState.Succeeded
                        && "JobSuspended".equals(stage("evaluate-base").reason()));
        await().atMost(SOON).until(() -> world.jobs(namespace).size() == 4);
        String uid = job("sft").getMetadata().getUid();

        edit("{\"spec\":{\"suspend\":true}}");

        await().atMost(SOON).untilAsserted(() -> {
            assertThat(job("sft").getSpec().getSuspend()).isTrue();
            assertThat(job("sft").getMetadata().getAnnotations()).containsEntry("paft.io/suspended", "true");
            assertThat(status().phase()).isEqualTo("Suspending");
            assertThat(condition("Suspended").getStatus()).isEqualTo("False");
            assertThat(condition("Reconciling").getStatus()).isEqualTo("True");
            assertThat(condition("Reconciling").getMessage()).contains("pods of sft");
        });
        world.client().resource(pod).withGracePeriod(0).delete();
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(status().phase()).isEqualTo("Suspended");
            assertThat(condition("Suspended").getStatus()).isEqualTo("True");
            assertThat(condition("Reconciling").getStatus()).isEqualTo("False");
            assertThat(stage("preference").state()).isEqualTo(StageState.Succeeded);
        });
        int created = traffic.jobCreates.get();
        Thread.sleep(2000);

        edit("{\"spec\":{\"suspend\":false}}");

        await().atMost(SOON).untilAsserted(() -> {
            assertThat(job("sft").getSpec().getSuspend()).isFalse();
            assertThat(job("sft").getMetadata().getAnnotations()).doesNotContainKey("paft.io/suspended");
            assertThat(stage("sft").reason()).isEqualTo("Starting");
            assertThat(condition("Suspended").getStatus()).isEqualTo("False");
            assertThat(status().suspendedSeconds()).isBetween(1L, 20L);
        });
        assertThat(job("sft").getMetadata().getUid()).isEqualTo(uid);
        assertThat(job("evaluate-base").getSpec().getSuspend())
                .as("suspended by somebody else")
                .isTrue();
        assertThat(traffic.jobCreates.get()).isEqualTo(created);
        assertThat(reasons()).contains("PipelineSuspending", "PipelineSuspended", "PipelineResumed");
    }

    @Test
    void aSuspendedPipelineStartsNothingAndAnEditTakesEffectWhenItGoesOn() {
        edit("{\"spec\":{\"suspend\":true}}");
        await().atMost(SOON).until(() -> "Suspended".equals(status().phase()));
        String before = job("sft").getMetadata().getName();

        edit("{\"spec\":{\"sft\":{\"rerun\":\"2\"}}}");

        await().atMost(SOON).untilAsserted(() -> {
            assertThat(world.jobs(namespace)).hasSize(2);
            assertThat(stage("sft").reason()).isEqualTo("Suspended");
        });
        edit("{\"spec\":{\"suspend\":null}}");
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(world.job(namespace, "sft"))
                    .hasValueSatisfying(
                            job -> assertThat(job.getMetadata().getName()).isNotEqualTo(before));
            assertThat(job("preference").getSpec().getSuspend()).isFalse();
        });
    }

    @Test
    void aDeletedPipelineOwnsItsJobsAndMakesNoneAgain() {
        assertThat(world.jobs(namespace))
                .allSatisfy(job -> assertThat(job.getMetadata().getOwnerReferences())
                        .singleElement()
                        .satisfies(owner -> {
                            assertThat(owner.getUid())
                                    .isEqualTo(pipeline.getMetadata().getUid());
                            assertThat(owner.getController()).isTrue();
                        }));
        world.client()
                .resource(pipeline)
                .withPropagationPolicy(DeletionPropagation.BACKGROUND)
                .delete();
        await().atMost(SOON).until(() -> world.get(pipeline) == null);

        // Nobody collects garbage here.
        world.jobs(namespace)
                .forEach(job -> world.client().resource(job).withGracePeriod(0).delete());

        await().during(Duration.ofSeconds(2))
                .atMost(SOON)
                .until(() -> world.jobs(namespace).isEmpty());
    }

    @Test
    void thePipelinesDeadlineStopsWhatRunsAndALongerOneLetsItGoOn() {
        world.workload.complete(job("preference"), DONE);
        world.workload.running(job("sft"));
        await().atMost(SOON)
                .until(() -> stage("sft").state() == StageState.Running
                        && stage("preference").state() == StageState.Succeeded);
        long passed = Duration.between(Instant.parse(status().startTime()), Instant.now())
                .toSeconds();

        edit("{\"spec\":{\"deadline\":\"%ds\"}}".formatted(passed + 5));

        // Nothing happens in the cluster: the operator has to come back by itself.
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            assertThat(status().phase()).isEqualTo("Failed");
            assertThat(stage("sft").reason()).isEqualTo("PipelineDeadlineExceeded");
            assertThat(stage("preference").state()).isEqualTo(StageState.Succeeded);
            assertThat(world.jobs(namespace))
                    .extracting(job -> job.getMetadata().getLabels().get("paft.io/stage"))
                    .containsExactly("preference");
        });
        String first = status().startTime();

        edit("{\"spec\":{\"deadline\":\"10h\"}}");

        await().atMost(SOON).untilAsserted(() -> {
            assertThat(world.job(namespace, "sft")).isPresent();
            assertThat(stage("preference").state()).isEqualTo(StageState.Succeeded);
            assertThat(status().startTime()).isNotEqualTo(first);
        });
    }

    @Test
    void aPodThatReportsAndStandsStillIsStopped() {
        edit("{\"spec\":{\"sft\":{\"stallTimeout\":\"1m\"}}}");
        Pod still = world.workload.running(job("sft"));
        Pod moving = world.workload.running(job("preference"));
        Pod silent = world.workload.running(job("evaluate-base"));
        await().atMost(SOON).until(() -> stage("sft").state() == StageState.Running);
        Instant now = Instant.now();
        for (int ago = 300; ago >= 0; ago -= 20) {
            book.listening(now.minusSeconds(ago));
        }
        book.note(uid(pipeline), uid(moving), said(7, now));
        book.note(uid(pipeline), uid(still), said(7, now.minusSeconds(90)));
        book.note(uid(pipeline), uid(still), said(7, now));

        edit("{\"metadata\":{\"annotations\":{\"any\":\"thing\"}},\"spec\":{\"sft\":{\"deadline\":\"9h\"}}}");

        await().atMost(SOON).untilAsserted(() -> {
            assertThat(world.client().resource(still).get()).isNull();
            assertThat(reasons()).contains("StageWaiting");
        });
        assertThat(world.client().resource(moving).get()).isNotNull();
        assertThat(world.client().resource(silent).get()).isNotNull();
        assertThat(messages())
                .anySatisfy(
                        message -> assertThat(message)
                                .isEqualTo(
                                        "sft: NoProgress: no step for 1m (at step 7 of 500): its pod is stopped, which counts as an attempt"));
    }

    private static Progress said(long step, Instant at) {
        return new Progress(step / 500.0, step, 500L, null, null, Map.of(), at);
    }

    private void edit(String patch) {
        world.client().resource(pipeline).patch(PatchContext.of(PatchType.JSON_MERGE), patch);
    }

    private Job job(String stage) {
        return world.job(namespace, stage).orElseThrow();
    }

    private PaftPipelineStatus status() {
        return world.get(pipeline).getStatus();
    }

    private StageStatus stage(String name) {
        return world.stage(pipeline, name);
    }

    private Condition condition(String type) {
        return status().conditions().stream()
                .filter(condition -> condition.getType().equals(type))
                .findFirst()
                .orElseThrow();
    }

    private List<String> reasons() {
        return world.events(namespace).stream().map(Event::getReason).toList();
    }

    private List<String> messages() {
        return world.events(namespace).stream().map(Event::getMessage).toList();
    }

    private static String uid(HasMetadata resource) {
        return resource.getMetadata().getUid();
    }
}
