package io.paft.operator.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.Yaml;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/** A namespace of its own that enforces restricted pods, with a workspace in it. What fails tells what was there to see. */
final class Story implements BeforeEachCallback, AfterEachCallback, TestExecutionExceptionHandler {

    private static final String STAGE = "paft.io/stage";
    private static final String PIPELINE = "paft.io/pipeline";
    private static final Duration POLL = Duration.ofMillis(250);

    private final String title;
    private Stage running;

    /** What lives as long as one test. */
    private record Stage(
            KubernetesClient client,
            String namespace,
            Workspace workspace,
            Recorder recorder,
            AuditLog audit,
            Kubectl kubectl) {}

    Story(String title) {
        this.title = title;
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        KubernetesClient client = new KubernetesClientBuilder().build();
        String namespace = "e2e-" + title + "-"
                + Integer.toString(ThreadLocalRandom.current().nextInt(36 * 36 * 36, 36 * 36 * 36 * 36), 36);
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(namespace)
                        .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                        .addToLabels("pod-security.kubernetes.io/audit", "restricted")
                        .addToLabels("pod-security.kubernetes.io/warn", "restricted")
                        .endMetadata()
                        .build())
                .create();
        Workspace workspace = Workspace.create(client, namespace);
        running = new Stage(
                client,
                namespace,
                workspace,
                new Recorder(client, namespace),
                new AuditLog(namespace),
                new Kubectl(namespace));
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (running == null) {
            return;
        }
        running.recorder().close();
        running.client().namespaces().withName(running.namespace()).delete();
        running.client().close();
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) {
        throw new AssertionError(failure.getMessage() + "\n\n" + observed(), failure);
    }

    KubernetesClient client() {
        return running.client();
    }

    String namespace() {
        return running.namespace();
    }

    Workspace workspace() {
        return running.workspace();
    }

    Recorder recorder() {
        return running.recorder();
    }

    AuditLog audit() {
        return running.audit();
    }

    Kubectl kubectl() {
        return running.kubectl();
    }

    String apply(Pipeline pipeline) {
        return kubectl().apply(pipeline.yaml());
    }

    PaftPipeline get(String name) {
        return client().resources(PaftPipeline.class)
                .inNamespace(namespace())
                .withName(name)
                .get();
    }

    /** Stages as status has them now, by name. */
    Map<String, StageStatus> stages(String pipeline) {
        PaftPipeline now = get(pipeline);
        return now == null || now.getStatus() == null || now.getStatus().stages() == null
                ? Map.of()
                : now.getStatus().stages().stream()
                        .collect(Collectors.toMap(StageStatus::name, stage -> stage, (a, b) -> b, TreeMap::new));
    }

    boolean is(String pipeline, String stage, StageState state) {
        return Optional.ofNullable(stages(pipeline).get(stage))
                .map(status -> status.state() == state)
                .orElse(false);
    }

    /** Status of a condition that speaks about the spec as it is now; empty while there is none. */
    String condition(String pipeline, String type) {
        PaftPipeline now = get(pipeline);
        if (now == null || now.getStatus() == null || now.getStatus().conditions() == null) {
            return "";
        }
        return now.getStatus().conditions().stream()
                .filter(condition -> condition.getType().equals(type))
                .filter(condition -> now.getMetadata().getGeneration().equals(condition.getObservedGeneration()))
                .map(condition -> condition.getStatus())
                .findFirst()
                .orElse("");
    }

    /** Waits until all is done or nothing goes on, and wants the first. */
    void untilSucceeded(String pipeline, Duration limit) {
        untilEnded(pipeline, limit);
        assertThat(condition(pipeline, "Succeeded"))
                .as("condition Succeeded of " + pipeline)
                .isEqualTo("True");
    }

    void untilEnded(String pipeline, Duration limit) {
        until(pipeline + " ends", limit, () -> List.of("True", "False").contains(condition(pipeline, "Succeeded")));
    }

    void until(String what, Duration limit, BooleanSupplier condition) {
        try {
            Awaitility.await()
                    .atMost(limit)
                    .pollDelay(Duration.ZERO)
                    .pollInterval(POLL)
                    .until(condition::getAsBoolean);
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("after %d s still not true: %s".formatted(limit.toSeconds(), what), e);
        }
    }

    List<Job> jobs() {
        return client().batch().v1().jobs().inNamespace(namespace()).list().getItems();
    }

    /** Jobs of a pipeline by stage; a stage with two Jobs fails the test. */
    Map<String, Job> jobs(String pipeline) {
        return jobs().stream()
                .filter(job -> pipeline.equals(job.getMetadata().getLabels().get(PIPELINE)))
                .filter(job -> job.getMetadata().getDeletionTimestamp() == null)
                .collect(Collectors.toMap(job -> job.getMetadata().getLabels().get(STAGE), job -> job));
    }

    /** UIDs of the Jobs of a pipeline by stage. */
    Map<String, String> jobUids(String pipeline) {
        var uids = new TreeMap<String, String>();
        jobs(pipeline).forEach((stage, job) -> uids.put(stage, job.getMetadata().getUid()));
        return uids;
    }

    /** Pods of one stage, oldest first. */
    List<Pod> pods(String pipeline, String stage) {
        return client()
                .pods()
                .inNamespace(namespace())
                .withLabel(PIPELINE, pipeline)
                .withLabel(STAGE, stage)
                .list()
                .getItems()
                .stream()
                .sorted(Comparator.comparing(pod -> pod.getMetadata().getCreationTimestamp()))
                .toList();
    }

    List<Event> events(String pipeline) {
        return client().v1()
                .events()
                .inNamespace(namespace())
                .withField("involvedObject.name", pipeline)
                .list()
                .getItems();
    }

    /** Fails when the operator writes anything to this namespace for a while. */
    void staysQuiet(Duration time) {
        int before = audit().byOperator().size();
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        assertThat(audit().byOperator().stream().skip(before).toList())
                .as("writes of the operator that nothing called for")
                .isEmpty();
    }

    /** What a person would look at first. */
    private String observed() {
        var text = new ArrayList<String>();
        text.add("Observed in " + namespace() + ":");
        try {
            for (PaftPipeline pipeline : client().resources(PaftPipeline.class)
                    .inNamespace(namespace())
                    .list()
                    .getItems()) {
                String name = pipeline.getMetadata().getName();
                text.add("--- status of " + name + "\n" + Yaml.write(pipeline.getStatus()));
                text.add("--- history of " + name + "\n" + recorder().history(name));
            }
            text.add("--- written by the operator");
            audit().byOperator().forEach(write -> text.add(write.toString()));
            client().pods().inNamespace(namespace()).list().getItems().stream()
                    .filter(pod -> pod.getMetadata().getLabels() != null
                            && pod.getMetadata().getLabels().containsKey(STAGE))
                    .forEach(pod -> text.add(lastWords(pod)));
            text.add("--- log of the operator\n" + new OperatorPod(client()).log());
        } catch (KubernetesClientException | AssertionError e) {
            text.add("(no more: " + e.getMessage() + ")");
        }
        return String.join("\n", text);
    }

    private String lastWords(Pod pod) {
        String title = "--- pod %s: %s\n"
                .formatted(pod.getMetadata().getName(), pod.getStatus().getPhase());
        try {
            return title + client().pods().resource(pod).tailingLines(15).getLog();
        } catch (KubernetesClientException e) {
            return title + "no log: " + e.getMessage();
        }
    }
}
