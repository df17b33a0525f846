package io.paft.operator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.paft.operator.Yaml;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The sample that merges in several pods: one of them is killed on the way, and the result is that of one pod. */
@Tag("e2e")
class MergePartsTest {

    private static final Path SAMPLE = Path.of("../manifests/samples/merge-parts.yaml");
    private static final String PARTS = "merge-parts";
    private static final String JOIN = "merge-join";
    private static final String WHOLE = "merge-whole";
    private static final Duration LONG = Duration.ofMinutes(3);

    @RegisterExtension
    final Story story = new Story("parts");

    @Test
    void threePodsOfWhichOneIsKilledMakeWhatOneMakes() {
        story.workspace().write("branches.py", Yaml.text(Yaml.resource("e2e/branches.py")));
        story.workspace().shell("python branches.py");
        Map<String, HasMetadata> sample = sample();
        create(sample.get("merge-recipe"));
        create(parts((Job) sample.get(PARTS)));
        create(sample.get(JOIN));

        Pod victim = killed();
        untilComplete(PARTS);
        assertThat(get(PARTS).getStatus().getFailed()).as("pods that failed").isEqualTo(1);
        assertThat(log(podsOfSecondPart().stream()
                        .filter(pod -> !name(pod).equals(name(victim)))
                        .findFirst()
                        .orElseThrow()))
                .containsPattern("merged part 2/3.*shards? were kept from an attempt before");
        assertThat(get(JOIN).getStatus().getStartTime()).as("start of " + JOIN).isNull();
        client().resource(get(JOIN))
                .patch(PatchContext.of(PatchType.STRATEGIC_MERGE), "{\"spec\":{\"suspend\":false}}");
        untilComplete(JOIN);

        create(whole((Job) sample.get(PARTS)));
        untilComplete(WHOLE);
        assertThat(files("merged")).containsKeys("merge-report.json", "model.safetensors.index.json");
        assertThat(files("merged").keySet().stream().filter(file -> file.endsWith(".safetensors")))
                .hasSize(16);
        assertThat(files("merged")).as("sha256 of all files").isEqualTo(files("whole"));
    }

    /** So small and slow that there is time to kill a pod between its first shard and its last. */
    private static Job parts(Job sample) {
        Job job = edited(sample, PARTS, args -> args.replace("5GB", "10MB").replace("))/7", "))/3"));
        job.getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .getFirst()
                .getResources()
                .getLimits()
                .put("cpu", new Quantity("600m"));
        job.getSpec().setCompletions(3);
        job.getSpec().setParallelism(3);
        return job;
    }

    private static Job whole(Job sample) {
        Job job = edited(
                sample,
                WHOLE,
                args -> args.replace("5GB", "10MB")
                        .replace(" merged ", " whole ")
                        .replaceAll(" --part .*", ""));
        job.getSpec().setCompletions(1);
        job.getSpec().setParallelism(1);
        return job;
    }

    private static Job edited(Job sample, String name, UnaryOperator<String> args) {
        Job job = new JobBuilder(sample)
                .editMetadata()
                .withName(name)
                .endMetadata()
                .build();
        var container = job.getSpec().getTemplate().getSpec().getContainers().getFirst();
        container.setArgs(container.getArgs().stream().map(args).toList());
        container.setResources(Yaml.read(
                "---\n{requests: {cpu: 100m, memory: 256Mi}, limits: {memory: 1Gi}}", ResourceRequirements.class));
        return job;
    }

    /** A pod of the second part, killed when it has finished a shard and has others to do. */
    private Pod killed() {
        story.workspace()
                .shell(
                        "timeout 50 sh -c 'until ls merged.tmp/.paft-merge/part-00002-of-00003/*.shard.json; do sleep 0.05; done'"
                                + " >/dev/null 2>&1");
        Pod pod = podsOfSecondPart().getFirst();
        client().resource(pod).withGracePeriod(0).delete();
        return pod;
    }

    private List<Pod> podsOfSecondPart() {
        return client().pods()
                .inNamespace(story.namespace())
                .withLabel("batch.kubernetes.io/job-completion-index", "1")
                .withLabel("batch.kubernetes.io/job-name", PARTS)
                .list()
                .getItems();
    }

    private void untilComplete(String job) {
        story.until(
                job + " is complete",
                LONG,
                () -> get(job).getStatus() != null && get(job).getStatus().getCompletionTime() != null);
    }

    private Job get(String job) {
        return client().batch()
                .v1()
                .jobs()
                .inNamespace(story.namespace())
                .withName(job)
                .get();
    }

    private String log(Pod pod) {
        return client().pods().resource(pod).getLog();
    }

    /** sha256 by path, but for the manifest, which says when. */
    private Map<String, String> files(String directory) {
        return Arrays.stream(story.workspace()
                        .shell(
                                "cd %s && find . -type f ! -name manifest.json -printf '%%P\\n' | sort | xargs -d '\\n' sha256sum"
                                        .formatted(directory))
                        .split("\n"))
                .map(line -> line.split(" +", 2))
                .collect(Collectors.toMap(line -> line[1], line -> line[0]));
    }

    private Map<String, HasMetadata> sample() {
        return client()
                .load(new ByteArrayInputStream(Yaml.text(SAMPLE).getBytes(StandardCharsets.UTF_8)))
                .items()
                .stream()
                .collect(Collectors.toMap(object -> object.getMetadata().getName(), object -> object));
    }

    private void create(HasMetadata object) {
        object.getMetadata().setNamespace(story.namespace());
        client().resource(object).create();
    }

    private static String name(Pod pod) {
        return pod.getMetadata().getName();
    }

    private KubernetesClient client() {
        return story.client();
    }
}
