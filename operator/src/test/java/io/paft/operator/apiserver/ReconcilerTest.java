package io.paft.operator.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.ResourceQuotaStatusBuilder;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.javaoperatorsdk.operator.Operator;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The reconciler against a real API server. */
@Tag("apiserver")
class ReconcilerTest {

    private static final String DONE =
            "{\"outcome\":\"Succeeded\",\"reason\":\"Completed\",\"message\":\"done\",\"metrics\":{\"steps\":1},\"digest\":\"sha256:0\",\"bytes\":1}";
    private static final String REPORT =
            "{\"outcome\":\"Succeeded\",\"reason\":\"Completed\",\"message\":\"best: ties\",\"digest\":\"sha256:1\",\"bytes\":1,"
                    + "\"result\":{\"best\":\"ties\",\"score\":0.9,\"scores\":[{\"subject\":\"ties\",\"score\":0.9,\"metrics\":{\"skill\":0.9}}]}}";

    private static World world;
    private @Nullable Operator operator;

    @BeforeAll
    static void start() {
        world = new World();
    }

    @AfterAll
    static void stop() {
        world.close();
    }

    @AfterEach
    void stopOperator() {
        if (operator != null) {
            operator.stop();
        }
    }

    @Test
    void goesFromApplyToResultWithOneJobPerStageAndFewWrites() {
        String namespace = world.namespace();
        var traffic = new Traffic(namespace);
        operator = world.operator(traffic);

        PaftPipeline pipeline = world.apply(namespace);
        completeEverything(pipeline);

        PaftPipeline done = world.get(pipeline);
        assertThat(done.getStatus().phase()).isEqualTo("Succeeded");
        assertThat(done.getStatus().result().best()).isEqualTo("ties");
        assertThat(done.getStatus().result().score()).isEqualTo(0.9);
        List<StageStatus> stages = done.getStatus().stages();
        assertThat(stages)
                .hasSize(10)
                .allSatisfy(stage -> assertThat(stage.state()).isEqualTo(StageState.Succeeded));
        assertThat(traffic.jobCreates.get()).isEqualTo(stages.size());
        assertThat(traffic.statusWrites.get()).isLessThanOrEqualTo(4 * stages.size());
        // Told after the status is written.
        await().atMost(Duration.ofSeconds(15))
                .untilAsserted(() -> assertThat(world.events(namespace))
                        .extracting(event -> event.getReason())
                        .contains("StageStarting", "StageSucceeded", "PipelineSucceeded"));
    }

    @ParameterizedTest
    @EnumSource(EditDuringStatusWrite.Moment.class)
    void anEditWhileAStatusWriteIsInFlightIsNotLost(EditDuringStatusWrite.Moment moment) {
        String namespace = world.namespace();
        var edit = new EditDuringStatusWrite(world.client(), namespace, moment);
        operator = world.operator(edit);

        PaftPipeline pipeline = world.apply(namespace);
        await().atMost(Duration.ofSeconds(15)).until(() -> world.jobs(namespace).size() == 3);
        // Quiet, so that no later event of a Job covers up for a lost one.
        quiet(pipeline);
        edit.armed.set(true);
        world.workload.unschedulable(world.job(namespace, "evaluate-base").orElseThrow());

        await().atMost(Duration.ofSeconds(15)).untilAsserted(() -> {
            PaftPipeline now = world.get(pipeline);
            assertThat(edit.done).isTrue();
            assertThat(now.getMetadata().getGeneration()).isEqualTo(2);
            assertThat(now.getStatus().observedGeneration()).isEqualTo(2);
            assertThat(world.jobs(namespace)).hasSize(3);
            assertThat(world.job(namespace, "sft"))
                    .hasValueSatisfying(
                            job -> assertThat(job.getMetadata().getName()).isEqualTo(jobOf(now, "sft")));
        });
    }

    @Test
    void aRestartedOperatorCreatesNothingTwice() {
        String namespace = world.namespace();
        operator = world.operator(new Traffic(namespace));
        PaftPipeline pipeline = world.apply(namespace);
        await().atMost(Duration.ofSeconds(15)).until(() -> world.jobs(namespace).size() == 3);
        operator.stop();

        world.workload.complete(world.job(namespace, "sft").orElseThrow(), DONE);
        var second = new Traffic(namespace);
        operator = world.operator(second);

        await().atMost(Duration.ofSeconds(15))
                .untilAsserted(() ->
                        assertThat(stage(world.get(pipeline), "sft").state()).isEqualTo(StageState.Succeeded));
        await().atMost(Duration.ofSeconds(15))
                .until(() -> world.job(namespace, "sequential").isPresent()
                        && world.job(namespace, "evaluate-sft").isPresent());
        // sequential and evaluate-sft became possible; sft, preference and evaluate-base are there already.
        assertThat(second.jobCreates.get()).isEqualTo(2);
    }

    @Test
    void aStatusWrittenBySomebodyElseIsPutRightWithoutTouchingTheirConditions() {
        String namespace = world.namespace();
        operator = world.operator(new Traffic(namespace));
        PaftPipeline pipeline = world.apply(namespace);
        await().atMost(Duration.ofSeconds(15)).until(() -> world.jobs(namespace).size() == 3);

        world.workload.complete(world.job(namespace, "sft").orElseThrow(), DONE);
        await().atMost(Duration.ofSeconds(15))
                .untilAsserted(() ->
                        assertThat(stage(world.get(pipeline), "sft").state()).isEqualTo(StageState.Succeeded));
        var foreign = new ConditionBuilder()
                .withType("example.com/Reviewed")
                .withStatus("True")
                .withReason("ByHand")
                .withMessage("")
                .withLastTransitionTime("2026-01-01T00:00:00Z")
                .build();
        world.client().resource(world.get(pipeline)).editStatus(current -> {
            current.getStatus().conditions().add(foreign);
            return current;
        });
        world.workload.complete(world.job(namespace, "preference").orElseThrow(), DONE);

        await().atMost(Duration.ofSeconds(15)).untilAsserted(() -> {
            PaftPipeline now = world.get(pipeline);
            assertThat(stage(now, "preference").state()).isEqualTo(StageState.Succeeded);
            assertThat(now.getStatus().conditions()).contains(foreign);
        });
    }

    @Test
    void aJobThatTheApiServerRefusesIsToldInTheStatus() {
        String namespace = world.namespace();
        operator = world.operator(new Traffic(namespace));
        world.client()
                .resource(new ResourceQuotaBuilder()
                        .withNewMetadata()
                        .withName("no-jobs")
                        .withNamespace(namespace)
                        .endMetadata()
                        .withNewSpec()
                        .addToHard("count/jobs.batch", new Quantity("0"))
                        .endSpec()
                        .build())
                .create();
        world.client()
                .resourceQuotas()
                .inNamespace(namespace)
                .withName("no-jobs")
                .editStatus(quota -> {
                    // Nobody plays the quota controller here, and admission needs the used amounts.
                    quota.setStatus(new ResourceQuotaStatusBuilder()
                            .addToHard("count/jobs.batch", new Quantity("0"))
                            .addToUsed("count/jobs.batch", new Quantity("0"))
                            .build());
                    return quota;
                });

        PaftPipeline pipeline = world.apply(namespace);

        await().atMost(Duration.ofSeconds(15)).untilAsserted(() -> {
            StageStatus sft = stage(world.get(pipeline), "sft");
            assertThat(sft.reason()).isEqualTo("JobRefused");
            assertThat(sft.message()).contains("exceeded quota: no-jobs");
        });
        world.client()
                .resourceQuotas()
                .inNamespace(namespace)
                .withName("no-jobs")
                .delete();
        await().atMost(Duration.ofSeconds(30)).until(() -> world.jobs(namespace).size() == 3);
    }

    @Test
    void whatKeepsOneJobFromBeingMadeKeepsNoOther() {
        String namespace = world.namespace();
        operator = world.operator(new Interceptor() {
            @Override
            public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
                String path = request.uri().getPath();
                if (request.method().equals("POST")
                        && path.endsWith("/namespaces/" + namespace + "/jobs")
                        && request.bodyString().contains("\"paft.io/stage\":\"sft\"")) {
                    builder.uri(request.uri().resolve("nothing-of-that-kind"));
                }
            }
        });

        world.apply(namespace);

        await().atMost(Duration.ofSeconds(15)).until(() -> world.jobs(namespace).size() == 2);
        assertThat(world.job(namespace, "preference")).isPresent();
        assertThat(world.job(namespace, "evaluate-base")).isPresent();
        assertThat(world.job(namespace, "sft")).isEmpty();
    }

    /** Webhooks put times and numbers of requests into what they say. */
    @Test
    void aRefusalInOtherWordsEachTimeIsNoReasonToHurry() {
        String namespace = world.namespace();
        var posts = new AtomicInteger();
        operator = world.operator(new Interceptor() {
            @Override
            public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
                if (request.method().equals("POST")
                        && request.uri().getPath().endsWith("/namespaces/" + namespace + "/jobs")) {
                    // The server refuses what it does not know, and repeats it.
                    builder.uri(URI.create(request.uri() + "?dryRun=never" + posts.incrementAndGet()));
                }
            }
        });

        PaftPipeline pipeline = world.apply(namespace);

        await().atMost(Duration.ofSeconds(15))
                .untilAsserted(() ->
                        assertThat(stage(world.get(pipeline), "sft").message()).contains("never"));
        int before = posts.get();
        await().during(Duration.ofSeconds(4)).atMost(Duration.ofSeconds(6)).until(() -> posts.get() <= before + 3);
    }

    /** Waits until nothing has been written for a second. */
    private static void quiet(PaftPipeline pipeline) {
        var last = new AtomicReference<>("");
        await().during(Duration.ofSeconds(1)).atMost(Duration.ofSeconds(15)).until(() -> {
            String version = world.get(pipeline).getMetadata().getResourceVersion();
            return version.equals(last.getAndSet(version));
        });
    }

    private static void completeEverything(PaftPipeline pipeline) {
        String namespace = pipeline.getMetadata().getNamespace();
        await().atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(100))
                .until(() -> {
                    world.jobs(namespace).stream()
                            .filter(job ->
                                    job.getStatus() == null || job.getStatus().getCompletionTime() == null)
                            .forEach(job -> world.workload.complete(
                                    job, job.getMetadata().getName().contains("-report-") ? REPORT : DONE));
                    var status = world.get(pipeline).getStatus();
                    return status != null && "Succeeded".equals(status.phase());
                });
    }

    private static StageStatus stage(PaftPipeline pipeline, String name) {
        return world.stage(pipeline, name);
    }

    private static String jobOf(PaftPipeline pipeline, String stage) {
        return pipeline.getMetadata().getName() + "-" + stage + "-"
                + stage(pipeline, stage).key().substring(0, 8);
    }
}
