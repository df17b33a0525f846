package io.paft.operator.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.paft.operator.Yaml;
import org.junit.jupiter.api.Test;

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
    void aJobIsReadWithoutItsPod() {
        Job read = small.unmarshal(Yaml.text(Yaml.resource(WHOLE)), Job.class);
        assertThat(read.getSpec().getTemplate()).isNull();
        assertThat(read.getSpec().getBackoffLimit()).isNotNull();
        assertThat(read.getMetadata().getAnnotations()).isNotEmpty();
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
