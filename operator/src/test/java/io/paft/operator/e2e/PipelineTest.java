package io.paft.operator.e2e;

import static io.paft.api.v1alpha1.StageState.Running;
import static io.paft.api.v1alpha1.StageState.Succeeded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.api.v1alpha1.Result;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.api.v1alpha1.SubjectScore;
import io.paft.operator.Yaml;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The life of one pipeline, from its first apply to the day when it is deleted and applied again. */
@Tag("e2e")
class PipelineTest {

    private static final String MINI = "mini";
    private static final Set<String> STAGES = Set.of(
            "sft", "preference", "merge-ties", "merge-ta", "evaluate-base", "evaluate-ties", "evaluate-ta", "report");
    private static final int STATUS_WRITES_PER_STAGE = 4;
    private static final int STATUS_LIMIT = 64 * 1024;

    @RegisterExtension
    final Story story = new Story("life");

    @Test
    void runsOnceAndOnlyWhatAnEditMakesNecessaryAgain() {
        Pipeline pipeline = Pipeline.of("mini.yaml");
        story.apply(pipeline);
        story.kubectl().run("wait", "--for=condition=Succeeded", "paftpipeline/" + MINI, "--timeout=240s");

        branchesRanSideBySide();
        mergesStartedAfterBoth();
        statusTellsEverything();
        eventsAndColumnsTellIt();
        onlyRestrictedPodsCanRun();
        outputsAreWhatTheyAreSaidToBe();
        fewWrites();

        sameYamlAgainStartsNothing(pipeline);
        finishedJobIsNotMissed();
        Pipeline otherWeight = pipeline.with("spec.merge.candidates.1.preference.weight", 0.25);
        weightRunsItsMergeAgain(otherWeight);
        learningRateRunsSftAgain(otherWeight.with("spec.sft.hyperparameters.learningRate", 1.0e-3));
        deletedAndAppliedAgainTrainsNothing(otherWeight);
    }

    private void branchesRanSideBySide() {
        assertThat(story.recorder().of(MINI))
                .as("a status in which both branches run")
                .anySatisfy(seen -> assertThat(seen.stages()).contains("sft=Running", "preference=Running"));
        ContainerStateTerminated sft = ended(onlyPod("sft"));
        ContainerStateTerminated preference = ended(onlyPod("preference"));
        assertThat(Instant.parse(sft.getStartedAt()))
                .as("start of sft, end of preference")
                .isBefore(preference.getFinishedAt());
        assertThat(Instant.parse(preference.getStartedAt()))
                .as("start of preference, end of sft")
                .isBefore(sft.getFinishedAt());
    }

    private void mergesStartedAfterBoth() {
        Map<String, Job> jobs = story.jobs(MINI);
        for (String merge : List.of("merge-ties", "merge-ta")) {
            Instant created = Instant.parse(jobs.get(merge).getMetadata().getCreationTimestamp());
            for (String branch : List.of("sft", "preference")) {
                assertThat(created)
                        .as("creation of %s, completion of %s", merge, branch)
                        .isAfterOrEqualTo(jobs.get(branch).getStatus().getCompletionTime());
            }
        }
        assertThat(story.recorder().of(MINI))
                .filteredOn(seen -> seen.stages().matches(".*merge-\\w+=(Running|Succeeded).*"))
                .as("statuses in which a merge has begun")
                .isNotEmpty()
                .allSatisfy(seen -> assertThat(seen.stages()).contains("sft=Succeeded", "preference=Succeeded"));
    }

    private void statusTellsEverything() {
        PaftPipeline pipeline = story.get(MINI);
        PaftPipelineStatus status = pipeline.getStatus();
        assertThat(status.phase()).isEqualTo("Succeeded");
        assertThat(status.observedGeneration()).isEqualTo(pipeline.getMetadata().getGeneration());
        assertThat(status.conditions())
                .extracting(condition -> condition.getType() + "=" + condition.getStatus())
                .containsExactlyInAnyOrder("Succeeded=True", "Reconciling=False", "Stalled=False");
        assertThat(phases()).containsSubsequence("Training", "Merging", "Evaluating", "Succeeded");

        assertThat(story.stages(MINI)).containsOnlyKeys(STAGES);
        story.stages(MINI).values().forEach(this::stageTellsEverything);
        for (String branch : List.of("sft", "preference")) {
            assertThat(story.recorder().statesOf(MINI, branch))
                    .extracting(stage -> stage.state().name())
                    .as("what status said of " + branch)
                    .containsSubsequence("Pending", "Running", "Succeeded");
            assertThat(story.stages(MINI).get(branch).metrics()).containsKey("train_loss");
        }
        for (String merge : List.of("merge-ties", "merge-ta")) {
            assertThat(story.recorder().statesOf(MINI, merge).getFirst())
                    .satisfies(first -> assertThat(first.reason()).isEqualTo("WaitingForDependencies"))
                    .satisfies(first -> assertThat(first.message()).contains("sft", "preference"));
        }

        Result result = status.result();
        assertThat(result.best()).isIn("ties", "ta");
        assertThat(result.score()).isBetween(0.0, 1.0);
        assertThat(result.scores()).extracting(SubjectScore::subject).containsExactlyInAnyOrder("base", "ties", "ta");
        assertThat(result.digest())
                .isEqualTo(story.stages(MINI)
                        .get("merge-" + result.best())
                        .output()
                        .digest());
    }

    private void stageTellsEverything(StageStatus stage) {
        assertThat(stage)
                .as(stage.name())
                .returns(Succeeded, StageStatus::state)
                .returns("Completed", StageStatus::reason)
                .returns(null, StageStatus::reused)
                .returns(1, StageStatus::attempts);
        assertThat(stage.message()).as("message of " + stage.name()).isNotBlank();
        assertThat(stage.key()).as("key of " + stage.name()).matches("[0-9a-f]{64}");
        assertThat(stage.job())
                .as("Job of " + stage.name())
                .isEqualTo(MINI + "-" + stage.name() + "-" + stage.key().substring(0, 8));
        assertThat(Instant.parse(stage.completionTime()))
                .as("end of " + stage.name())
                .isAfterOrEqualTo(stage.startTime());
        assertThat(stage.output().digest()).as("digest of " + stage.name()).matches("sha256:[0-9a-f]{64}");
        assertThat(stage.output().sizeBytes()).as("size of " + stage.name()).isPositive();
    }

    private void eventsAndColumnsTellIt() {
        String described = story.kubectl().run("describe", "paft", MINI);
        for (String stage : STAGES) {
            assertThat(described)
                    .as("what kubectl describe tells")
                    .containsPattern("StageStarting .*" + stage + " starts")
                    .containsPattern("StageSucceeded .*" + stage + " succeeded");
        }
        assertThat(described).contains("PipelineSucceeded");
        assertThat(story.kubectl().run("get", "paft"))
                .containsPattern("NAME +PHASE +SFT +PREFERENCE +MERGE +EVAL +SCORE +AGE")
                .containsPattern("mini +Succeeded +Succeeded +Succeeded +Succeeded +Succeeded +[01]\\S* +\\d+");
    }

    /** A pod that is not restricted is refused where the stages run, and where the operator runs. */
    private void onlyRestrictedPodsCanRun() {
        for (String namespace : List.of(story.namespace(), OperatorPod.NAMESPACE)) {
            assertThatThrownBy(() -> new Kubectl(namespace)
                            .run("run", "loose", "--image=localhost/paft-trainer:dev", "--dry-run=server"))
                    .as("a pod without a security context in " + namespace)
                    .hasMessageContaining("violates PodSecurity \"restricted");
        }
        assertThat(new OperatorPod(story.client()).pod().getStatus().getPhase()).isEqualTo("Running");
    }

    private void outputsAreWhatTheyAreSaidToBe() {
        story.stages(MINI).values().forEach(stage -> {
            JsonNode manifest = story.workspace().manifest(stage.output().uri());
            assertThat(manifest.path("key").asText()).isEqualTo(stage.key());
            assertThat(manifest.path("digest").asText())
                    .as("digest in the manifest of " + stage.name())
                    .isEqualTo(stage.output().digest());
            assertThat(story.workspace().digest(stage.output().uri()))
                    .as("digest of the files of " + stage.name())
                    .isEqualTo(stage.output().digest());
        });
    }

    private void fewWrites() {
        assertThat(story.audit().jobsCreated())
                .extracting(AuditLog.Write::name)
                .as("Jobs created")
                .containsExactlyInAnyOrderElementsOf(story.stages(MINI).values().stream()
                        .map(StageStatus::job)
                        .toList());
        assertThat(story.audit().jobsRefused()).as("Jobs asked for in vain").isEmpty();
        assertThat(story.audit().podsCreated()).as("pods of Jobs").hasSameSizeAs(STAGES);
        List<AuditLog.Write> statusWrites = story.audit().statusWrites(MINI);
        System.out.printf("status writes: %d for %d stages%n", statusWrites.size(), STAGES.size());
        assertThat(statusWrites)
                .as("status writes")
                .isNotEmpty()
                .hasSizeLessThanOrEqualTo(STATUS_WRITES_PER_STAGE * STAGES.size());
        assertThat(story.recorder().of(MINI))
                .extracting(seen -> Yaml.write(seen.status()).getBytes(StandardCharsets.UTF_8).length)
                .as("bytes of status")
                .allMatch(bytes -> bytes < STATUS_LIMIT);
    }

    private void sameYamlAgainStartsNothing(Pipeline pipeline) {
        PaftPipeline before = story.get(MINI);
        assertThat(story.apply(pipeline)).contains("unchanged");
        story.staysQuiet(Duration.ofSeconds(3));
        assertThat(story.get(MINI)).isEqualTo(before);
    }

    private void finishedJobIsNotMissed() {
        PaftPipeline before = story.get(MINI);
        story.kubectl().run("delete", "job", story.stages(MINI).get("sft").job(), "--cascade=foreground");
        assertThat(story.pods(MINI, "sft")).isEmpty();
        story.staysQuiet(Duration.ofSeconds(4));
        assertThat(story.get(MINI)).isEqualTo(before);
    }

    private void weightRunsItsMergeAgain(Pipeline edited) {
        Map<String, String> jobsBefore = story.jobUids(MINI);
        Map<String, StageStatus> before = story.stages(MINI);
        story.apply(edited);
        story.untilSucceeded(MINI, Duration.ofMinutes(2));

        Set<String> again = Set.of("merge-ta", "evaluate-ta", "report");
        story.stages(MINI).forEach((name, stage) -> {
            if (again.contains(name)) {
                assertThat(stage.key())
                        .as("key of " + name)
                        .isNotEqualTo(before.get(name).key());
                assertThat(stage.reused()).as("reuse of " + name).isNull();
            } else {
                assertThat(stage).isEqualTo(before.get(name));
            }
        });
        Map<String, String> jobs = story.jobUids(MINI);
        assertThat(changed(jobsBefore, jobs)).as("stages with another Job").isEqualTo(again);
        assertThat(jobs).as("Jobs").doesNotContainKey("sft");
        assertThat(story.audit().jobsCreated()).hasSize(STAGES.size() + again.size());
    }

    private void learningRateRunsSftAgain(Pipeline edited) {
        Map<String, String> jobsBefore = story.jobUids(MINI);
        Map<String, StageStatus> before = story.stages(MINI);
        story.apply(edited);
        story.until("sft runs again", Duration.ofSeconds(30), () -> story.is(MINI, "sft", Running));

        Map<String, StageStatus> now = story.stages(MINI);
        assertThat(now.get("sft").key()).isNotEqualTo(before.get("sft").key());
        for (String kept : List.of("preference", "evaluate-base")) {
            assertThat(now.get(kept)).isEqualTo(before.get(kept));
            assertThat(story.jobUids(MINI)).containsEntry(kept, jobsBefore.get(kept));
        }
        for (String waiting : List.of("merge-ties", "merge-ta", "evaluate-ties", "evaluate-ta", "report")) {
            assertThat(now.get(waiting).key()).isNotEqualTo(before.get(waiting).key());
            assertThat(now.get(waiting).reason()).isEqualTo("WaitingForDependencies");
        }
        assertThat(story.jobUids(MINI)).containsOnlyKeys("sft", "preference", "evaluate-base");
    }

    private void deletedAndAppliedAgainTrainsNothing(Pipeline pipeline) {
        story.kubectl().run("delete", "paft", MINI, "--cascade=foreground", "--timeout=60s");
        assertThat(story.jobs()).as("Jobs of the deleted pipeline").isEmpty();
        Map<String, String> madeBefore = completionTimes();

        story.apply(pipeline);
        story.untilSucceeded(MINI, Duration.ofMinutes(2));
        assertThat(story.stages(MINI)).containsOnlyKeys(STAGES);
        assertThat(story.stages(MINI).values())
                .allSatisfy(stage -> assertThat(stage.reused())
                        .as(stage.name() + " is reused")
                        .isTrue())
                .allSatisfy(stage -> assertThat(stage.attempts()).isEqualTo(1));
        assertThat(completionTimes()).as("when every output was made").isEqualTo(madeBefore);
        assertThat(story.get(MINI).getStatus().result().scores()).hasSize(3);
    }

    /** Completion times in all manifests of the workspace, by directory. */
    private Map<String, String> completionTimes() {
        var times = new TreeMap<String, String>();
        String found = story.workspace().shell("ls -d */*/manifest.json");
        found.lines().forEach(file -> {
            String directory = file.substring(0, file.length() - "/manifest.json".length());
            times.put(
                    directory,
                    story.workspace().manifest(directory).path("completionTime").asText());
        });
        assertThat(times).hasSize(STAGES.size() + 3);
        return times;
    }

    private List<String> phases() {
        return story.recorder().of(MINI).stream()
                .map(seen -> seen.status().phase())
                .filter(Objects::nonNull)
                .toList();
    }

    private static Set<String> changed(Map<String, String> before, Map<String, String> after) {
        return after.entrySet().stream()
                .filter(entry -> !entry.getValue().equals(before.get(entry.getKey())))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    private Pod onlyPod(String stage) {
        assertThat(story.pods(MINI, stage)).as("pods of " + stage).hasSize(1);
        return story.pods(MINI, stage).getFirst();
    }

    private static ContainerStateTerminated ended(Pod pod) {
        return pod.getStatus().getContainerStatuses().getFirst().getState().getTerminated();
    }
}
