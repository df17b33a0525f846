package io.paft.operator.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyRule;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.operator.Yaml;
import io.paft.operator.plan.Stage;
import io.paft.operator.plan.StageGraph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole Job of a few stages, as files, and the rules that hold for all of them. */
class JobFactoryTest {

    private static final Images IMAGES =
            new Images("localhost/paft-trainer:dev", "localhost/paft-merge:dev", "IfNotPresent");
    private static final JobFactory JOBS = new JobFactory(
            IMAGES, Optional.of(new ProgressAccess("paft-operator.paft-system.svc", 8443, "CERTIFICATE")));

    @ParameterizedTest
    @CsvSource({
        "contract/pipeline.yaml, sft",
        "contract/pipeline.yaml, merge-ties",
        "contract/hub.yaml, sft",
        "contract/hub.yaml, fetch-model",
        "contract/hub.yaml, evaluate-ta",
    })
    void buildsTheJobOfTheFile(String file, String node) throws IOException {
        Job job = jobs(file).get(node);

        Path expected = Yaml.resource(
                "jobs/" + job.getMetadata().getOwnerReferences().getFirst().getName() + "-" + node + ".yaml");
        String written = Yaml.write(job);
        if (Boolean.getBoolean("paft.golden.update")) {
            Files.createDirectories(expected.getParent());
            Files.writeString(expected, written);
        }
        assertThat(written).isEqualTo(Yaml.text(expected));
    }

    /** The first rule that matches counts: a pod whose node is drained may say anything about its data. */
    @Test
    void aDisruptionIsLookedAtBeforeTheExitCode() {
        jobs("contract/hub.yaml")
                .values()
                .forEach(job -> assertThat(job.getSpec().getPodFailurePolicy().getRules())
                        .extracting(PodFailurePolicyRule::getAction)
                        .containsExactly("Ignore", "FailJob"));
    }

    /** Kubelets replace $(NAME) by the variable of that name, which may be a secret, and $$ by $. */
    @Test
    void noKubeletChangesTheDocument() {
        PaftPipeline pipeline = Yaml.pipeline("contract/hub.yaml");
        Stage stage = Stage.in(pipeline.getSpec()).stream()
                .filter(one -> one.name().startsWith("evaluate-"))
                .findFirst()
                .orElseThrow();
        stage.node().parameters().putArray("prompts").add("cost: $$5 $(HF_TOKEN) $HOME");
        String written = env(JOBS.create(pipeline, stage)).get("PAFT_STAGE").getValue();
        assertThat(written).contains("cost: $$$$5 $$(HF_TOKEN) $$HOME");
    }

    @Test
    void everyPodIsRestricted() {
        jobs("contract/hub.yaml").values().forEach(job -> {
            PodSpec pod = job.getSpec().getTemplate().getSpec();
            assertThat(pod.getAutomountServiceAccountToken()).isFalse();
            assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
            assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
            assertThat(pod.getContainers()).singleElement().satisfies(container -> {
                var security = container.getSecurityContext();
                assertThat(security.getAllowPrivilegeEscalation()).isFalse();
                assertThat(security.getReadOnlyRootFilesystem()).isTrue();
                assertThat(security.getCapabilities().getDrop()).containsExactly("ALL");
                assertThat(security.getCapabilities().getAdd()).isEmpty();
            });
        });
    }

    @Test
    void trainingsHaveTimeToSaveACheckpoint() {
        Map<String, Job> jobs = jobs("contract/pipeline.yaml");

        for (String node : new String[] {"sft", "preference", "sequential"}) {
            assertThat(pod(jobs.get(node)).getTerminationGracePeriodSeconds())
                    .as(node)
                    .isEqualTo(120);
        }
        for (String node : new String[] {"merge-ties", "evaluate-base", "report"}) {
            assertThat(pod(jobs.get(node)).getTerminationGracePeriodSeconds())
                    .as(node)
                    .isNull();
        }
    }

    @Test
    void aPersonMayGiveThemMoreTime() {
        Map<String, Job> jobs = jobs("contract/grace.yaml");

        assertThat(pod(jobs.get("sft")).getTerminationGracePeriodSeconds())
                .as("the stage's own")
                .isEqualTo(900);
        assertThat(pod(jobs.get("preference")).getTerminationGracePeriodSeconds())
                .as("the pipeline's")
                .isEqualTo(300);
        assertThat(pod(jobs.get("merge-ta")).getTerminationGracePeriodSeconds())
                .as("the pipeline's")
                .isEqualTo(300);
    }

    private static PodSpec pod(Job job) {
        return job.getSpec().getTemplate().getSpec();
    }

    @Test
    void aTokenIsGoodForItsOwnStageAlone() {
        jobs("contract/hub.yaml").forEach((node, job) -> {
            var volumes = job.getSpec().getTemplate().getSpec().getVolumes();
            assertThat(volumes)
                    .filteredOn(volume -> volume.getProjected() != null)
                    .singleElement()
                    .satisfies(volume -> assertThat(volume.getProjected()
                                    .getSources()
                                    .getFirst()
                                    .getServiceAccountToken()
                                    .getAudience())
                            .isEqualTo("paft.io/v1alpha1/namespaces/llm/paftpipelines/mistral/stages/" + node
                                    + "/progress"));
            assertThat(env(job).get("KUBEFLOW_TRAINER_SERVER_URL").getValue())
                    .isEqualTo("https://paft-operator.paft-system.svc:8443/apis/"
                            + new ProgressTarget("llm", "mistral", node).audience());
        });
    }

    @Test
    void whereNobodyListensPodsAreAsTheyWere() {
        PaftPipeline pipeline = Yaml.pipeline("contract/pipeline.yaml");
        Stage sft = Stage.of(StageGraph.of(pipeline.getSpec())).getFirst();

        Job with = JOBS.create(pipeline, sft);
        Job without = new JobFactory(IMAGES).create(pipeline, sft);

        assertThat(Yaml.write(without)).doesNotContain("KUBEFLOW", "projected", "progress");
        assertThat(without.getMetadata()).isEqualTo(with.getMetadata());
    }

    @Test
    void anotherAuthorityChangesNothingButTheAnnotationOfPods() {
        PaftPipeline pipeline = Yaml.pipeline("contract/pipeline.yaml");
        Stage sft = Stage.of(StageGraph.of(pipeline.getSpec())).getFirst();

        String old = Yaml.write(JOBS.create(pipeline, sft));
        String now = Yaml.write(new JobFactory(
                        IMAGES, Optional.of(new ProgressAccess("paft-operator.paft-system.svc", 8443, "ANOTHER")))
                .create(pipeline, sft));

        assertThat(now).isEqualTo(old.replace("CERTIFICATE", "ANOTHER"));
    }

    @Test
    void onlyStagesThatDownloadSeeTheTokenAndTheHub() {
        jobs("contract/hub.yaml").forEach((node, job) -> {
            Map<String, EnvVar> env = env(job);
            boolean downloads = node.startsWith("fetch-") || node.startsWith("evaluate-");
            assertThat(env.containsKey("HF_HUB_OFFLINE")).as(node).isNotEqualTo(downloads);
            boolean token = downloads && !node.equals("fetch-preference-data");
            assertThat(env.containsKey("HF_TOKEN")).as(node).isEqualTo(token);
        });
    }

    @Test
    void aPersonsVariablesCannotReplaceTheContracts() {
        Map<String, EnvVar> env = env(jobs("contract/hub.yaml").get("sft"));
        assertThat(env.get("HOME").getValue()).isEqualTo("/tmp");
        assertThat(env.get("NCCL_DEBUG").getValue()).isEqualTo("INFO");
        assertThat(env.get("OMP_NUM_THREADS").getValue()).isEqualTo("8");
    }

    @Test
    void noGpuIsHeldByADownloadOrAReport() {
        jobs("contract/hub.yaml").forEach((node, job) -> {
            var limits = job.getSpec()
                    .getTemplate()
                    .getSpec()
                    .getContainers()
                    .getFirst()
                    .getResources()
                    .getLimits();
            boolean trains = node.equals("sft") || node.equals("preference") || node.startsWith("evaluate-");
            assertThat(limits.containsKey("nvidia.com/gpu")).as(node).isEqualTo(trains);
        });
    }

    /** By it others see that a Job is stopped and that nobody need wait for it. */
    @Test
    void nobodyElseSaysThatAJobIsSuspendedByUs() {
        PaftPipeline pipeline = Yaml.read("""
                apiVersion: paft.io/v1alpha1
                kind: PaftPipeline
                metadata: {name: tiny, namespace: llm, uid: u}
                spec:
                  baseModel: {uri: models/tiny}
                  workspace: {volumeClaim: {name: ws}}
                  pod: {annotations: {paft.io/suspended: "x", team: a}}
                  sft: {dataset: {uri: data/sft.jsonl}}
                  preference: {algorithm: DPO, dataset: {uri: data/preference.jsonl}}
                  merge: {candidates: [{name: ties, method: TIES, sft: {weight: 1.0}, preference: {weight: 1.0}}]}
                """, PaftPipeline.class);
        Job job = JOBS.create(
                pipeline, Stage.of(StageGraph.of(pipeline.getSpec())).getFirst());
        assertThat(job.getMetadata().getAnnotations())
                .containsEntry("team", "a")
                .doesNotContainKey(Labels.SUSPENDED);
    }

    private static Map<String, EnvVar> env(Job job) {
        return job.getSpec().getTemplate().getSpec().getContainers().getFirst().getEnv().stream()
                .collect(Collectors.toMap(EnvVar::getName, Function.identity()));
    }

    private static Map<String, Job> jobs(String file) {
        PaftPipeline pipeline = Yaml.pipeline(file);
        return Stage.of(StageGraph.of(pipeline.getSpec())).stream()
                .collect(Collectors.toMap(Stage::name, stage -> JOBS.create(pipeline, stage)));
    }
}
