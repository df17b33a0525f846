package io.paft.operator.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.javaoperatorsdk.operator.Operator;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.PaftPipelineSpec;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.Yaml;
import io.paft.operator.jobs.Labels;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.awaitility.core.ThrowingRunnable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Pipelines of a namespace and a workspace that ask for the same: it is made once. */
@Tag("apiserver")
class TwoPipelinesTest {

    private static final String DONE =
            "{\"outcome\":\"Succeeded\",\"reason\":\"Completed\",\"message\":\"done\",\"metrics\":{\"steps\":1},\"digest\":\"sha256:0\",\"bytes\":1}";

    private static World world;
    private String namespace = "";
    private @Nullable Operator operator;

    @BeforeAll
    static void start() {
        world = new World();
    }

    @AfterAll
    static void stop() {
        world.close();
    }

    @BeforeEach
    void startOperator() {
        namespace = world.namespace();
        operator = world.operator(new Traffic(namespace));
    }

    @AfterEach
    void stopOperator() {
        if (operator != null) {
            operator.stop();
        }
    }

    @Test
    void trainOnceAndMergeEachItsOwn() {
        PaftPipeline first = apply("first", 1.0);
        PaftPipeline second = apply("second", 0.5);

        soon(() -> {
            assertThat(jobs("sft")).hasSize(1);
            assertThat(jobs("preference")).hasSize(1);
            assertThat(List.of(stage(first, "sft"), stage(second, "sft")))
                    .extracting(StageStatus::reason)
                    .containsExactlyInAnyOrder("Starting", "WaitingForPipeline");
        });
        world.workload.complete(jobs("sft").getFirst(), DONE);
        world.workload.complete(jobs("preference").getFirst(), DONE);

        soon(() -> assertThat(jobs("merge-ties")).hasSize(2));
        assertThat(jobs("sft")).hasSize(1);
        assertThat(jobs("preference")).hasSize(1);
        List<StageStatus> both = List.of(stage(first, "sft"), stage(second, "sft"));
        assertThat(both).allSatisfy(sft -> {
            assertThat(sft.state()).isEqualTo(StageState.Succeeded);
            assertThat(sft.output().uri()).endsWith("/sft/" + sft.key());
        });
        assertThat(both)
                .filteredOn(sft -> sft.reusedFrom() != null)
                .singleElement()
                .satisfies(sft -> {
                    assertThat(sft.reused()).isTrue();
                    assertThat(sft.job()).isNull();
                    assertThat(sft.message()).contains("pipeline " + sft.reusedFrom());
                });
    }

    @Test
    void manyThatComeAtOnceTrainOnce() {
        IntStream.range(0, 8).parallel().forEach(number -> apply("pipeline-" + number, 0.1 * (number + 1)));

        soon(() -> assertThat(pipelines())
                .hasSize(8)
                .allSatisfy(pipeline ->
                        assertThat(pipeline.getStatus().stages()).isNotNull().hasSize(10)));
        soon(() -> assertThat(pipelines().stream()
                        .map(pipeline -> stage(pipeline, "sft").reason())
                        .filter("WaitingForPipeline"::equals))
                .hasSize(7));
        assertThat(jobs("sft")).hasSize(1);
        world.workload.complete(jobs("sft").getFirst(), DONE);
        soon(() -> assertThat(pipelines())
                .allSatisfy(
                        pipeline -> assertThat(stage(pipeline, "sft").state()).isEqualTo(StageState.Succeeded)));
        assertThat(jobs("sft")).hasSize(1);
    }

    @Test
    void theSecondTakesOverWhenTheFirstIsDeleted() {
        takesOver(first -> world.client().resource(first).delete());
    }

    @Test
    void theSecondTakesOverWhenTheFirstIsEditedAway() {
        takesOver(first -> world.edit(first, current -> {
            current.setSpec(withRerun(current));
            return current;
        }));
    }

    @Test
    void theSecondTakesOverWhenTheFirstFails() {
        takesOver(first -> world.workload.fail(jobs("sft").getFirst()));
    }

    private void takesOver(Consumer<PaftPipeline> whatHappens) {
        PaftPipeline first = apply("first", 1.0);
        soon(() -> assertThat(jobs("sft")).hasSize(1));
        PaftPipeline second = apply("second", 0.5);
        soon(() -> {
            StageStatus waiting = stage(second, "sft");
            assertThat(waiting.reason()).isEqualTo("WaitingForPipeline");
            assertThat(waiting.waitsFor()).isEqualTo("first");
        });

        whatHappens.accept(first);

        soon(() -> assertThat(jobs("sft"))
                .extracting(job -> job.getMetadata().getLabels().get(Labels.PIPELINE))
                .contains("second"));
        soon(() -> assertThat(stage(second, "sft").reason()).isEqualTo("Starting"));
    }

    private static PaftPipelineSpec withRerun(PaftPipeline pipeline) {
        var tree = Yaml.convert(pipeline.getSpec(), ObjectNode.class);
        tree.withObject("sft").put("rerun", "again");
        return Yaml.convert(tree, PaftPipelineSpec.class);
    }

    private PaftPipeline apply(String name, double weight) {
        PaftPipeline pipeline = Yaml.read(
                Yaml.text(Yaml.resource("contract/pipeline.yaml")).replaceFirst("weight: 1.0", "weight: " + weight),
                PaftPipeline.class);
        pipeline.getMetadata().setName(name);
        return world.apply(pipeline, namespace);
    }

    private List<PaftPipeline> pipelines() {
        return world.client()
                .resources(PaftPipeline.class)
                .inNamespace(namespace)
                .list()
                .getItems();
    }

    private List<Job> jobs(String stage) {
        return world.jobs(namespace).stream()
                .filter(job -> stage.equals(job.getMetadata().getLabels().get(Labels.STAGE)))
                .toList();
    }

    private static StageStatus stage(PaftPipeline pipeline, String name) {
        return world.stage(pipeline, name);
    }

    private static void soon(ThrowingRunnable assertion) {
        await().atMost(Duration.ofSeconds(30)).untilAsserted(assertion);
    }
}
