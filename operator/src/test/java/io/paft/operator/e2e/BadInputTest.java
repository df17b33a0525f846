package io.paft.operator.e2e;

import static io.paft.api.v1alpha1.StageState.Blocked;
import static io.paft.api.v1alpha1.StageState.Failed;
import static io.paft.api.v1alpha1.StageState.Succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.paft.api.v1alpha1.StageStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Everything that people get wrong, at once: pipelines that cannot succeed say why, and do not try again. */
@Tag("e2e")
class BadInputTest {

    /** From the end of the pod to the status that tells why. */
    private static final Duration SOON = Duration.ofSeconds(10);

    /** Four for each of the three stages. */
    private static final int STATUS_WRITES = 12;

    private static final Duration LONG = Duration.ofMinutes(4);

    private static final Pipeline GOOD = Pipeline.of("bare.yaml");
    private static final String DATASET = "spec.sft.dataset.uri";
    private static final String BASE_MODEL = "spec.baseModel.uri";

    /** A pipeline whose sft stage must fail. */
    private record Case(Pipeline pipeline, String reason, List<String> words) {

        String name() {
            return pipeline.name();
        }
    }

    private static final List<Case> BAD_SFT = List.of(
            new Case(
                    GOOD.named("no-dataset").with(DATASET, "data/none.jsonl"),
                    "DatasetNotFound",
                    List.of("data/none.jsonl")),
            new Case(
                    GOOD.named("malformed-line").with(DATASET, "data/bad/malformed.jsonl"),
                    "DatasetMalformed",
                    List.of("data/bad/malformed.jsonl, line 3")),
            new Case(
                    GOOD.named("no-column").with(DATASET, "data/bad/columns.jsonl"),
                    "DatasetColumnMissing",
                    List.of("data/bad/columns.jsonl, line 1", "question, answer", "{prompt, completion}")),
            new Case(
                    GOOD.named("extra-args").with("spec.sft.extraArgs", Map.of("adam_beta3", 0.9)),
                    "UnknownArgument",
                    List.of("extraArgs.adam_beta3", "SFTConfig has no such field", "adam_beta2")));

    private static final List<Case> BAD_BASE_MODEL = List.of(
            new Case(
                    GOOD.named("truncated").with(BASE_MODEL, "models/truncated"),
                    "ModelInvalid",
                    List.of("models/truncated/model.safetensors")),
            new Case(
                    GOOD.named("pickle").with(BASE_MODEL, "models/pickle"),
                    "UnsafeFormat",
                    List.of("models/pickle", "pytorch_model.bin", "safetensors")));

    @RegisterExtension
    final Story story = new Story("bad");

    @Test
    void failsAtOnceAndSaysWhy() {
        spoil();
        BAD_SFT.forEach(bad -> story.apply(bad.pipeline()));
        BAD_BASE_MODEL.forEach(bad -> story.apply(bad.pipeline()));
        BAD_SFT.forEach(bad -> story.untilEnded(bad.name(), LONG));
        BAD_BASE_MODEL.forEach(bad -> story.untilEnded(bad.name(), LONG));

        var all = new SoftAssertions();
        BAD_SFT.forEach(bad -> all.check(() -> {
            failed(bad, "sft");
            otherBranchFinished(bad.name());
            stalled(bad, "sft");
        }));
        BAD_BASE_MODEL.forEach(bad -> all.check(() -> {
            failed(bad, "sft");
            failed(bad, "preference");
            stalled(bad, "sft, preference");
        }));
        all.assertAll();
        trainedOnce();
        story.staysQuiet(Duration.ofSeconds(3));
    }

    private void spoil() {
        String row = "{\"prompt\": \"1abc>\", \"completion\": \"abc.\"}\n";
        story.workspace().write("data/bad/malformed.jsonl", row + row + "{\"prompt\": \"1abc>\", \"completion\n" + row);
        story.workspace().write("data/bad/columns.jsonl", "{\"question\": \"1abc>\", \"answer\": \"abc.\"}\n");
        story.workspace()
                .shell("cp -r models/mini models/truncated && truncate -s -1000 models/truncated/model.safetensors"
                        + " && cp -r models/mini models/pickle"
                        + " && mv models/pickle/model.safetensors models/pickle/pytorch_model.bin");
    }

    private void failed(Case bad, String stage) {
        StageStatus status = story.stages(bad.name()).get(stage);
        assertThat(status)
                .as("%s of %s", stage, bad.name())
                .returns(Failed, StageStatus::state)
                .returns(bad.reason(), StageStatus::reason)
                .returns(1, StageStatus::attempts);
        assertThat(status.message())
                .as("message of %s of %s", stage, bad.name())
                .contains(bad.words());
        assertThat(story.pods(bad.name(), stage))
                .as("pods of %s of %s", stage, bad.name())
                .hasSize(1);
        assertThat(told(bad.name(), stage))
                .as("when status told of the failure of %s of %s", stage, bad.name())
                .isBefore(ended(story.pods(bad.name(), stage).getFirst()).plus(SOON));
        assertThat(story.events(bad.name()))
                .anySatisfy(event -> assertThat(event.getType() + " " + event.getReason() + " " + event.getMessage())
                        .startsWith("Warning StageFailed " + stage + " failed: " + bad.reason()));
    }

    private Instant told(String pipeline, String stage) {
        return story.recorder().of(pipeline).stream()
                .filter(seen -> seen.stages().contains(stage + "=Failed"))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no status says that " + stage + " failed"))
                .at();
    }

    private static Instant ended(Pod pod) {
        return Instant.parse(pod.getStatus()
                .getContainerStatuses()
                .getFirst()
                .getState()
                .getTerminated()
                .getFinishedAt());
    }

    private void otherBranchFinished(String pipeline) {
        StageStatus preference = story.stages(pipeline).get("preference");
        // Another pipeline's result is taken without a pod.
        Integer attempts = preference.reusedFrom() == null ? 1 : null;
        assertThat(preference)
                .as("preference of " + pipeline)
                .returns(Succeeded, StageStatus::state)
                .returns(attempts, StageStatus::attempts);
    }

    private void stalled(Case bad, String broken) {
        assertThat(story.stages(bad.name()).get("merge-ta"))
                .as("merge-ta of " + bad.name())
                .returns(Blocked, StageStatus::state)
                .returns("DependencyFailed", StageStatus::reason)
                .returns("needs " + broken + ", which did not succeed", StageStatus::message);
        assertThat(story.condition(bad.name(), "Succeeded")).isEqualTo("False");
        assertThat(story.condition(bad.name(), "Stalled")).isEqualTo("True");
        assertThat(story.condition(bad.name(), "Reconciling")).isEqualTo("False");
        assertThat(story.get(bad.name()).getStatus().phase()).isEqualTo("Failed");
        assertThat(story.audit().statusWrites(bad.name()))
                .as("status writes of " + bad.name())
                .hasSizeLessThanOrEqualTo(STATUS_WRITES);
        assertThat(story.get(bad.name()).getStatus().conditions())
                .filteredOn(condition -> condition.getType().equals("Stalled"))
                .allSatisfy(condition -> assertThat(condition.getMessage()).contains("sft: " + bad.reason()));
    }

    /** Four pipelines ask for the same preference branch in one workspace: one pod trains it, the others find it done. */
    private void trainedOnce() {
        assertThat(BAD_SFT)
                .extracting(bad -> story.stages(bad.name()).get("preference").reused())
                .as("reuse of the preference branch")
                .containsOnlyOnce((Boolean) null);
    }
}
