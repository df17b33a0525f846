package io.paft.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.api.v1alpha1.Output;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.PaftPipelineSpec;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.api.v1alpha1.Run;
import io.paft.api.v1alpha1.StageChange;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.Yaml;
import io.paft.operator.jobs.Images;
import io.paft.operator.jobs.JobFactory;
import io.paft.operator.status.History;
import io.paft.operator.status.StatusBudget;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a pipeline remembers of its runs, over many edits. */
class HistoryTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final Planner planner = new Planner(new JobFactory(new Images("trainer", "merge", "IfNotPresent")));
    private PaftPipeline pipeline = Yaml.pipeline("contract/pipeline.yaml");
    private long generation = 1;

    @Test
    void keepsTheLastTenNewestFirst() {
        visit();
        for (int edit = 1; edit <= 12; edit++) {
            int steps = 500 + edit;
            edit(spec -> spec.withObject("/sft/hyperparameters").put("maxSteps", steps));
        }

        List<Run> history = history();
        assertThat(history).hasSize(10);
        assertThat(history)
                .extracting(Run::generation)
                .startsWith(13L, 12L, 11L)
                .endsWith(4L);
        assertThat(history.getFirst().completionTime()).isNull();
        assertThat(history.subList(1, 10)).allSatisfy(run -> {
            assertThat(run.phase()).isEqualTo("Superseded");
            assertThat(run.completionTime()).isNotNull();
        });
    }

    @Test
    void namesTheFieldThatWasEditedAndWhatFollowedFromIt() {
        visit();
        edit(spec -> spec.withObject("/sft/hyperparameters").put("maxSteps", 501));

        List<StageChange> changed = changed();
        assertThat(changed.getFirst()).isEqualTo(change("sft", "spec.sft.hyperparameters.maxSteps"));
        assertThat(changed).contains(change("sequential", "input sft"), change("evaluate-sft", "input sft"));
        assertThat(changed).extracting(StageChange::stage).doesNotContain("preference", "evaluate-base");
    }

    @Test
    void aSettingOfAllMergesIsNamedWhereItIsWritten() {
        visit();
        edit(spec -> spec.withObject("/merge").put("allowNaN", true));

        assertThat(changed())
                .filteredOn(change -> change.stage().startsWith("merge-"))
                .isNotEmpty()
                .allSatisfy(change -> assertThat(change).isEqualTo(change(change.stage(), "spec.merge.allowNaN")));
    }

    @Test
    void theReportIsRunAgainByItsOwnField() {
        visit();
        edit(spec -> spec.withObject("/evaluation/report").put("rerun", "2"));

        assertThat(changed()).containsExactly(change("report", "spec.evaluation.report.rerun"));
    }

    @Test
    void promptsThatNoPodCouldBeGivenAreRefused() {
        edited(spec -> {
            ArrayNode prompts = spec.withObject("/evaluation").putArray("prompts");
            IntStream.range(0, 32).forEach(i -> prompts.add("\u6587".repeat(2000)));
        });
        assertThatThrownBy(() -> Stage.of(StageGraph.of(pipeline.getSpec())))
                .isInstanceOf(InvalidSpecException.class)
                .hasMessageContaining("shorten spec.evaluation.prompts or extraArgs");
    }

    @Test
    void namesFieldsThatCameAndWent() {
        visit();
        edit(spec -> {
            spec.withObject("/sft").remove("extraArgs");
            spec.withObject("/preference").put("rerun", "3");
            spec.withObject("/evaluation").put("batchSize", 7);
        });

        assertThat(changed())
                .contains(
                        change("sft", "spec.sft.extraArgs.adam_beta2"),
                        change("preference", "spec.preference.rerun"),
                        change("evaluate-base", "spec.evaluation.batchSize"));
    }

    @Test
    void candidatesThatCameAreAddedAndTheReportSaysWhy() {
        visit();
        edit(spec -> spec.withObject("/merge")
                .withArray("candidates")
                .addObject()
                .put("name", "new")
                .put("method", "SLERP")
                .put("t", 0.5));

        assertThat(changed()).contains(change("merge-new", "added"), change("evaluate-new", "added"));
        assertThat(changed())
                .filteredOn(change -> change.stage().equals("report"))
                .singleElement()
                .satisfies(report -> assertThat(report.fields()).startsWith("spec.merge.candidates"));
    }

    @Test
    void seedsAreNamedWhereTheyAreWritten() {
        edited(spec -> candidate(spec).put("method", "DARETIES"));
        visit();
        edit(spec -> spec.withObject("/merge").put("seed", 5));
        assertThat(changed()).contains(change("merge-ties", "spec.merge.seed"));
        edit(spec -> candidate(spec).put("seed", 6));
        assertThat(changed())
                .contains(
                        new StageChange("merge-ties", List.of("spec.merge.candidates[ties].seed", "spec.merge.seed")));
    }

    @Test
    void whatRunsNothingIsNoRun() {
        visit();
        edit(spec -> spec.withObject("/sft").put("retries", 5));

        assertThat(history()).hasSize(1);
    }

    @Test
    void ofTheSameSpecTheFieldsAreNotHashedAgain() {
        visit();
        PaftPipelineStatus before = status();

        PaftPipelineStatus told = History.continued(
                before,
                before.withHistory(List.of(), null),
                () -> {
                    throw new AssertionError("nothing can have changed");
                },
                START);

        assertThat(told).isEqualTo(before);
    }

    @Test
    void withoutAFingerprintItSaysWhichStagesAndNotWhy() {
        visit();
        pipeline.setStatus(status().withHistory(status().history(), "bm8gZGVmbGF0ZWQgSlNPTg=="));
        edit(spec -> spec.withObject("/sft/hyperparameters").put("maxSteps", 501));

        assertThat(changed()).contains(new StageChange("sft", null));
        assertThat(status().fingerprint()).isNotEqualTo("bm8gZGVmbGF0ZWQgSlNPTg==");
    }

    @Test
    void aStatusStaysUnder64KiBHoweverLargeThePipeline() throws JsonProcessingException {
        edited(HistoryTest::grow);
        visit();
        assertThat(status().fingerprint()).isNotNull();
        for (int edit = 0; edit < 12; edit++) {
            int number = edit;
            edit(spec -> spec.withObject("/merge").withArray("candidates").forEach(candidate -> {
                ((ObjectNode) candidate).withObject("sft").put("weight", 0.001 * (number + 1));
                ((ObjectNode) candidate).withObject("preference").put("density", 0.01 * (number + 1));
            }));
        }
        PaftPipelineStatus largest =
                StatusBudget.fit(status().withStages(Objects.requireNonNull(status().stages()).stream()
                        .map(HistoryTest::talkative)
                        .toList()));

        assertThat(new ObjectMapper().writeValueAsBytes(largest)).hasSizeLessThan(64 * 1024);
        assertThat(largest.stages()).hasSizeGreaterThan(40).allSatisfy(stage -> {
            assertThat(stage.key()).hasSize(64);
            assertThat(stage.message()).isNotEmpty();
        });
        assertThat(largest.history()).hasSize(10);
        assertThat(largest.history().getFirst().changed()).hasSize(12);
        assertThat(largest.history().getFirst().alsoChanged()).isPositive();
        assertThat(StatusBudget.fit(largest)).isEqualTo(largest);
    }

    @Test
    void aFingerprintThatWouldBeTooLongIsLeftOut() {
        var many = new TreeMap<String, String>();
        IntStream.range(0, 5_000)
                .forEach(n -> many.put("spec.sft.extraArgs.f" + n, Integer.toHexString(n * 7_654_321)));
        visit();

        PaftPipelineStatus told = History.continued(null, status(), () -> Map.of("sft", many), START);

        assertThat(told.fingerprint()).isNull();
        assertThat(told.history()).hasSize(1);
    }

    private static void grow(ObjectNode spec) {
        ArrayNode candidates = spec.withObject("/merge").withArray("candidates");
        candidates.removeAll();
        for (int number = 0; number < 20; number++) {
            ObjectNode candidate = candidates
                    .addObject()
                    .put("name", "a-candidate-with-a-long-name-" + number)
                    .put("method", "DELLA")
                    .put("lambda", 0.5 + number)
                    .put("normalize", true)
                    .put("seed", number)
                    .put("epsilon", 0.01 * number);
            for (String branch : List.of("sft", "preference")) {
                candidate.withObject(branch).put("weight", 0.1 * number).put("density", 0.02 * (number + 1));
            }
        }
    }

    /** As long as one can get: everything that a termination message may hold. */
    private static StageStatus talkative(StageStatus stage) {
        var metrics = new TreeMap<String, Double>();
        IntStream.range(0, 16)
                .forEach(n -> metrics.put("a_metric_with_quite_a_long_name,none_" + n, 0.123456789012345 + n));
        return new StageStatus(
                stage.name(),
                StageState.Succeeded,
                "Completed",
                "x".repeat(1024),
                stage.key(),
                null,
                3,
                "a-pipeline-" + stage.name() + "-12345678",
                "2026-01-01T00:00:00Z",
                "2026-01-01T00:00:00Z",
                metrics,
                new Output("pvc://a-workspace/evaluate/" + stage.key(), "sha256:" + stage.key(), 123_456_789_012L),
                123_456L,
                null);
    }

    private static ObjectNode candidate(ObjectNode spec) {
        return (ObjectNode) spec.withObject("/merge").withArray("candidates").get(0);
    }

    private void edit(Consumer<ObjectNode> change) {
        generation++;
        edited(change);
        visit();
    }

    private void edited(Consumer<ObjectNode> change) {
        ObjectNode tree = Yaml.convert(pipeline.getSpec(), ObjectNode.class);
        change.accept(tree);
        pipeline.setSpec(Yaml.convert(tree, PaftPipelineSpec.class));
    }

    private void visit() {
        pipeline.getMetadata().setGeneration(generation);
        pipeline.setStatus(
                planner.plan(pipeline, new Observation(List.of(), Map.of()), START.plusSeconds(60 * generation))
                        .status());
    }

    private PaftPipelineStatus status() {
        return Objects.requireNonNull(pipeline.getStatus());
    }

    private List<Run> history() {
        return Objects.requireNonNull(status().history());
    }

    private List<StageChange> changed() {
        return Objects.requireNonNull(history().getFirst().changed());
    }

    private static StageChange change(String stage, String field) {
        return new StageChange(stage, List.of(field));
    }
}
