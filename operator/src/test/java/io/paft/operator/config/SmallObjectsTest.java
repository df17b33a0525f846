package io.paft.operator.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatus;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.paft.operator.Yaml;
import io.paft.operator.plan.Observation;
import io.paft.operator.reconcile.JobObserver;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SmallObjectsTest {

    private static final String WHOLE = "jobs/mistral-sft.yaml";

    private final ObjectMapper mapper = new ObjectMapper();
    private final KubernetesSerialization small;

    SmallObjectsTest() {
        new SmallObjects().customize(mapper);
        small = new KubernetesSerialization(mapper, true);
    }

    @Test
    void whatIsWrittenIsWhole() throws JsonProcessingException {
        Job job = Yaml.read(Yaml.text(Yaml.resource(WHOLE)), Job.class);
        JsonNode written = mapper.readTree(small.asJson(job));
        assertThat(written.equals(mapper.readTree(Yaml.json(job)))).isTrue();
    }

    @Test
    void aJobIsReadWithItsLimitsAndWithoutItsDocument() {
        Job read = small.unmarshal(Yaml.text(Yaml.resource(WHOLE)), Job.class);
        assertThat(read.getSpec().getBackoffLimit()).isNotNull();
        assertThat(read.getMetadata().getAnnotations()).isNotEmpty();
        assertThat(read.getSpec().getTemplate().getMetadata()).isNull();
        assertThat(read.getSpec().getTemplate().getSpec().getContainers())
                .singleElement()
                .satisfies(container -> {
                    assertThat(container.getEnv()).isEmpty();
                    assertThat(container.getResources().getLimits()).containsEntry("nvidia.com/gpu", new Quantity("1"));
                });
    }

    /** Whatever the observers look at must be among what is read. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable, message: no room}]}",
                "{phase: Pending, containerStatuses: [{name: stage, state: {waiting: {reason: ErrImagePull, message: no such image}}}]}",
                "{phase: Running, startTime: '2026-01-01T00:00:00Z', containerStatuses: [{name: stage, state: {running: {startedAt: '2026-01-01T00:00:09Z'}}}]}",
                "{phase: Running, conditions: [{type: DisruptionTarget, status: 'True', reason: PreemptionByScheduler, message: preempted, lastTransitionTime: '2026-01-01T00:00:20Z'}],"
                        + " containerStatuses: [{name: stage, state: {running: {startedAt: '2026-01-01T00:00:09Z'}}}]}",
                "{phase: Failed, containerStatuses: [{name: stage, state: {terminated: {exitCode: 75, reason: Error, message: m,"
                        + " startedAt: '2026-01-01T00:00:09Z', finishedAt: '2026-01-01T00:01:09Z'}}}]}",
                "{phase: Failed, reason: NodeLost, message: gone, startTime: '2026-01-01T00:00:00Z'}"
            })
    void whatIsObservedIsTheSame(String podStatus) {
        Job job = Yaml.read(Yaml.text(Yaml.resource(WHOLE)), Job.class)
                .edit()
                .editMetadata()
                .withUid("u1")
                .addToLabels("kueue.x-k8s.io/queue-name", "q")
                .addToAnnotations("paft.io/retry", "1")
                .addToAnnotations("paft.io/suspended", "true")
                .endMetadata()
                .editSpec()
                .withSuspend(true)
                .endSpec()
                .withStatus(Yaml.read(
                        "---\n{failed: 1, startTime: '2026-01-01T00:00:00Z', conditions: [{type: Failed, status: 'True', reason: PodFailurePolicy,"
                                + " message: m, lastTransitionTime: '2026-01-01T00:02:00Z'}]}",
                        JobStatus.class))
                .build();
        List<Pod> pods = List.of(pod("u1", podStatus), pod("gone", podStatus));
        Observation whole = observe(List.of(job), pods);
        Observation read = observe(
                List.of(small.unmarshal(Yaml.write(job), Job.class)),
                pods.stream()
                        .map(pod -> small.unmarshal(Yaml.write(pod), Pod.class))
                        .toList());
        assertThat(read).isEqualTo(whole);
        assertThat(read.jobs().getFirst().gpus()).isEqualTo(1);
    }

    private static Observation observe(List<Job> jobs, List<Pod> pods) {
        return JobObserver.observe("5f0c2e0e-0000-4000-8000-000000000002", jobs, pods, Map.of(), Map.of());
    }

    /** A pod of a Job, as its controller makes it. */
    private static Pod pod(String job, String status) {
        var template =
                Yaml.read(Yaml.text(Yaml.resource(WHOLE)), Job.class).getSpec().getTemplate();
        return new PodBuilder()
                .withMetadata(template.getMetadata())
                .editMetadata()
                .withName("pod-of-" + job)
                .withUid("pod-" + job)
                .withCreationTimestamp("2026-01-01T00:00:00Z")
                .addNewOwnerReference()
                .withUid(job)
                .withController(true)
                .endOwnerReference()
                .endMetadata()
                .withSpec(template.getSpec())
                .withStatus(Yaml.read("---\n" + status, PodStatus.class))
                .build();
    }

    @Test
    void aPodIsReadWithItsLimitsAndItsStatus() {
        Pod read = small.unmarshal("""
                apiVersion: v1
                kind: Pod
                metadata: {name: a, managedFields: [{manager: kubelet}]}
                spec:
                  volumes: [{name: tmp, emptyDir: {}}]
                  containers:
                    - name: stage
                      env: [{name: A, value: b}]
                      resources: {limits: {nvidia.com/gpu: 1}}
                status: {phase: Running}
                """, Pod.class);
        assertThat(read.getMetadata().getManagedFields()).isEmpty();
        assertThat(read.getSpec().getVolumes()).isEmpty();
        assertThat(read.getSpec().getContainers()).singleElement().satisfies(container -> {
            assertThat(container.getEnv()).isEmpty();
            assertThat(container.getResources().getLimits()).containsKey("nvidia.com/gpu");
        });
        assertThat(read.getStatus().getPhase()).isEqualTo("Running");
    }
}
