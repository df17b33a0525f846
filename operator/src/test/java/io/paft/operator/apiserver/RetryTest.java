package io.paft.operator.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.javaoperatorsdk.operator.Operator;
import io.paft.api.v1alpha1.LostAttempt;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.Yaml;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Retries as Kubernetes' own Job controller carries them out, and as a person asks for them. */
@Tag("apiserver")
class RetryTest {

    /** The Job controller waits 10 s after a first failure. */
    private static final Duration LONG = Duration.ofSeconds(60);

    private static final String FULL =
            "{\"outcome\":\"Failed\",\"reason\":\"WorkspaceFull\",\"message\":\"no space left\"}";
    private static final String GONE =
            "{\"outcome\":\"Failed\",\"reason\":\"DatasetNotFound\",\"message\":\"no file\"}";
    private static final String DONE = "{\"outcome\":\"Succeeded\",\"reason\":\"Completed\",\"message\":\"done\"}";

    @TempDir
    private Path folder;

    private World world;
    private JobController jobs;
    private Kubelet kubelet;
    private Operator operator;
    private PaftPipeline pipeline;

    @BeforeEach
    void start() {
        world = new World();
        jobs = new JobController(world, folder);
        kubelet = new Kubelet(world.client());
        String namespace = world.namespace();
        new Tokens(world.client()).account(namespace);
        operator = world.operator(new Traffic(namespace));
        pipeline = world.apply(withRetries(), namespace);
    }

    @AfterEach
    void stop() {
        operator.stop();
        jobs.close();
        world.close();
    }

    @Test
    void drainsDoNotCountFailuresDoAndAPersonMayAskForMore() {
        // sft allows no retry at all: its pod is drained, and says that its data was gone.
        Pod drained = pod("sft");
        kubelet.runs(drained);
        until("sft", StageState.Running, null);
        kubelet.disrupts(drained);
        kubelet.ends(drained, 65, GONE);
        until("sft", StageState.Pending, "Disrupted");

        // preference allows one, and needs two.
        kubelet.ends(pod("preference"), 75, FULL);
        until("preference", StageState.Pending, "Retrying");
        assertThat(stage("preference").message()).startsWith("attempt 1 of 2 ended with WorkspaceFull");

        kubelet.ends(pod("sft"), 0, DONE);
        StageStatus sft = until("sft", StageState.Succeeded, "Completed");
        assertThat(sft.attempts()).isEqualTo(2);
        assertThat(sft.lost())
                .singleElement()
                .returns("EvictionByEvictionAPI", LostAttempt::reason)
                .returns(65, LostAttempt::exitCode)
                .returns(false, LostAttempt::counted);

        kubelet.ends(pod("preference"), 75, FULL);
        StageStatus failed = until("preference", StageState.Failed, "WorkspaceFull");
        assertThat(failed.message()).contains("no space left; ", "kubectl annotate paft tiny paft.io/retry=");
        assertThat(failed.lost()).extracting(LostAttempt::counted).containsExactly(true, true);
        Job old = world.job(namespace(), "preference").orElseThrow();

        // As kubectl does it: without the version that was read, which the operator may have written in between.
        world.client().resource(pipeline).patch(PatchContext.of(PatchType.JSON_MERGE), """
                        {"metadata": {"annotations": {"paft.io/retry": "once-more"}}}""");
        await().atMost(LONG)
                .until(() -> world.job(namespace(), "preference")
                        .filter(job -> !job.getMetadata()
                                .getUid()
                                .equals(old.getMetadata().getUid()))
                        .isPresent());
        Job again = world.job(namespace(), "preference").orElseThrow();
        assertThat(again.getMetadata().getName()).isEqualTo(old.getMetadata().getName());
        assertThat(again.getMetadata().getAnnotations()).containsEntry("paft.io/retry", "once-more");

        kubelet.ends(pod("preference"), 0, DONE);
        StageStatus done = until("preference", StageState.Succeeded, "Completed");
        assertThat(done)
                .returns(failed.key(), StageStatus::key)
                .returns(3, StageStatus::attempts)
                .returns("once-more", StageStatus::retry);
        assertThat(done.lost()).isEqualTo(failed.lost());
        assertThat(world.get(pipeline).getStatus().retry()).isEqualTo("once-more");
        assertThat(stage("sft").retry()).isNull();
        assertThat(world.events(namespace()))
                .filteredOn(event -> event.getReason().equals("RetryRequested"))
                .extracting(event -> event.getMessage())
                .containsExactly("paft.io/retry is once-more: tries again: preference");
    }

    private static PaftPipeline withRetries() {
        String yaml = Yaml.text(Yaml.resource("contract/pipeline.yaml"))
                .replace("  sft:\n", "  sft:\n    retries: 0\n")
                .replace("  preference:\n", "  preference:\n    retries: 1\n");
        return Yaml.read(yaml, PaftPipeline.class);
    }

    private String namespace() {
        return pipeline.getMetadata().getNamespace();
    }

    /** The pod that the Job controller has made for a stage. */
    private Pod pod(String stage) {
        await("a pod of " + stage)
                .atMost(LONG)
                .until(() -> kubelet.open(namespace(), stage).isPresent());
        return kubelet.open(namespace(), stage).orElseThrow();
    }

    private StageStatus until(String stage, StageState state, @Nullable String reason) {
        await(stage + " is " + state + ", " + reason)
                .atMost(LONG)
                .until(() -> find(stage)
                        .filter(now -> now.state() == state && Objects.equals(now.reason(), reason))
                        .isPresent());
        return stage(stage);
    }

    private StageStatus stage(String name) {
        return find(name).orElseThrow();
    }

    private Optional<StageStatus> find(String name) {
        var status = world.get(pipeline).getStatus();
        return status == null || status.stages() == null
                ? Optional.empty()
                : status.stages().stream()
                        .filter(stage -> stage.name().equals(name))
                        .findFirst();
    }
}
