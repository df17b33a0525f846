package io.paft.operator.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.javaoperatorsdk.operator.Operator;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.operator.Yaml;
import io.paft.operator.progress.ProgressBook;
import io.paft.operator.reconcile.Caches;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A pipeline that a GitOps tool applies, others annotate, and scripts wait for. */
@Tag("apiserver")
class GitOpsTest {

    private static final String DONE = "{\"outcome\":\"Succeeded\",\"reason\":\"Completed\",\"message\":\"done\"}";
    private static final String REPORT =
            "{\"outcome\":\"Succeeded\",\"reason\":\"Completed\",\"message\":\"best: ties\",\"result\":{\"best\":\"ties\",\"score\":0.9}}";

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
    void appliedAgainNothingDiffersAndNothingOfOthersIsLost() {
        String namespace = world.namespace();
        PaftPipeline applied = argo(namespace, false);
        operator = world.operator(new Traffic(namespace));
        await().atMost(Duration.ofSeconds(15)).until(() -> world.jobs(namespace).size() == 3);
        world.edit(applied, current -> {
            current.getMetadata().setLabels(Map.of("example.com/team", "nlp"));
            current.getMetadata().setAnnotations(Map.of("example.com/ticket", "42"));
            current.getMetadata().setFinalizers(List.of("example.com/backup"));
            return current;
        });
        Condition foreign = new ConditionBuilder()
                .withType("example.com/Reviewed")
                .withStatus("True")
                .withReason("ByHand")
                .withMessage("")
                .withLastTransitionTime("2026-01-01T00:00:00Z")
                .build();
        await().ignoreExceptions()
                .atMost(Duration.ofSeconds(15))
                .untilAsserted(() -> world.client().resource(world.get(applied)).editStatus(current -> {
                    current.getStatus().conditions().add(foreign);
                    return current;
                }));

        completeEverything(applied);

        PaftPipeline done = world.get(applied);
        PaftPipeline again = argo(namespace, true);
        assertThat(again.getSpec()).isEqualTo(done.getSpec());
        assertThat(owned(again.getMetadata())).isEqualTo(owned(done.getMetadata()));
        assertThat(again.getMetadata().getGeneration()).isEqualTo(1);
        assertThat(done.getMetadata().getLabels()).containsEntry("example.com/team", "nlp");
        assertThat(done.getMetadata().getAnnotations()).containsEntry("example.com/ticket", "42");
        assertThat(done.getMetadata().getFinalizers()).containsExactly("example.com/backup");
        assertThat(done.getStatus().conditions()).contains(foreign);
        // Only the status is the operator's.
        assertThat(done.getMetadata().getManagedFields())
                .filteredOn(entry -> "argocd".equals(entry.getManager()))
                .singleElement()
                .satisfies(entry -> assertThat(entry.getSubresource()).isNull());
        world.edit(done, current -> {
            current.getMetadata().setFinalizers(List.of());
            return current;
        });
    }

    @Test
    void kubectlWaitsForThisGenerationAndNotForTheOneBefore() throws Exception {
        String namespace = world.namespace();
        PaftPipeline pipeline = argo(namespace, false);
        operator = world.operator(new Traffic(namespace));
        await().atMost(Duration.ofSeconds(15)).until(() -> world.jobs(namespace).size() == 3);
        assertThat(waitFor(pipeline, "1s")).isNotZero();

        completeEverything(pipeline);
        assertThat(waitFor(pipeline, "10s")).isZero();

        operator.stop();
        operator = null;
        world.edit(pipeline, current -> {
            current.setSpec(Yaml.read(
                            Yaml.text(Yaml.resource("contract/pipeline.yaml"))
                                    .replace("maxSteps: 500", "maxSteps: 501"),
                            PaftPipeline.class)
                    .getSpec());
            return current;
        });
        assertThat(waitFor(pipeline, "1s")).isNotZero();
    }

    @Test
    void lookingAgainAndAgainTellsNothingTwice() {
        String namespace = world.namespace();
        var caches = new Caches();
        operator = world.operator(new Traffic(namespace), caches, new ProgressBook());
        PaftPipeline pipeline = argo(namespace, false);
        await().atMost(Duration.ofSeconds(15)).until(() -> world.jobs(namespace).size() == 3);
        world.workload.unschedulable(world.job(namespace, "sft").orElseThrow());
        await().atMost(Duration.ofSeconds(15))
                .untilAsserted(
                        () -> assertThat(events(namespace)).anyMatch(event -> event.startsWith("StageWaiting sft")));

        for (int visit = 0; visit < 20; visit++) {
            caches.wake(namespace, pipeline.getMetadata().getName());
            await().pollDelay(Duration.ofMillis(20)).until(() -> true);
        }

        assertThat(events(namespace))
                .filteredOn(event -> event.startsWith("StageWaiting sft"))
                .hasSize(1);
        assertThat(events(namespace)).doesNotHaveDuplicates();

        // The same again, after something else, is counted.
        world.client()
                .pods()
                .inNamespace(namespace)
                .withLabel("paft.io/stage", "sft")
                .withGracePeriod(0)
                .delete();
        await().atMost(Duration.ofSeconds(15))
                .untilAsserted(() -> assertThat(world.get(pipeline).getStatus().stages())
                        .filteredOn(stage -> stage.name().equals("sft"))
                        .extracting(stage -> stage.reason())
                        .containsExactly("Starting"));
        world.workload.unschedulable(world.job(namespace, "sft").orElseThrow());
        await().atMost(Duration.ofSeconds(15))
                .untilAsserted(() -> assertThat(world.events(namespace))
                        .filteredOn(event -> event.getMessage().startsWith("sft: Unschedulable"))
                        .singleElement()
                        .satisfies(event -> assertThat(event.getCount()).isEqualTo(2)));
    }

    private static List<String> events(String namespace) {
        return world.events(namespace).stream()
                .map(event -> event.getReason() + " " + event.getMessage())
                .toList();
    }

    private static int waitFor(PaftPipeline pipeline, String timeout) throws Exception {
        return world.kubectl(
                "-n",
                pipeline.getMetadata().getNamespace(),
                "wait",
                "--for=condition=Succeeded",
                "paftpipeline/" + pipeline.getMetadata().getName(),
                "--timeout=" + timeout);
    }

    /** What Argo CD and Flux do with server-side apply; without force, so that a conflict would fail. */
    private static PaftPipeline argo(String namespace, boolean dryRun) {
        PaftPipeline pipeline = Yaml.pipeline("contract/pipeline.yaml");
        pipeline.getMetadata().setNamespace(namespace);
        pipeline.getMetadata().setUid(null);
        pipeline.getMetadata().setGeneration(null);
        return world.client()
                .resource(pipeline)
                .dryRun(dryRun)
                .fieldManager("argocd")
                .serverSideApply();
    }

    private static Map<String, Object> owned(ObjectMeta metadata) {
        return Map.of(
                "labels", metadata.getLabels(),
                "annotations", metadata.getAnnotations(),
                "finalizers", metadata.getFinalizers(),
                "generation", metadata.getGeneration());
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
}
