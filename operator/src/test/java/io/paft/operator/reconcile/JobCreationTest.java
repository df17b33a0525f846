package io.paft.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.PaftPipelineSpec;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.operator.ListedNeighbours;
import io.paft.operator.Yaml;
import io.paft.operator.jobs.Labels;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two pipelines that were edited to ask for one result, and caches that know neither their edits nor their Jobs. */
class JobCreationTest {

    private static final String NAMESPACE = "llm";
    private static final String KEY = "k".repeat(64);

    private final Map<String, Job> stored = new LinkedHashMap<>();
    private final JobCreation creation = new JobCreation(new Requests(null) {

        @Override
        @Nullable
        Job job(String namespace, String name) {
            return stored.get(name);
        }

        @Override
        List<Job> jobs(String namespace, String key) {
            return List.copyOf(stored.values());
        }

        @Override
        void create(Job job) {
            if (refusal != 0) {
                throw new KubernetesClientException(new StatusBuilder()
                        .withCode(refusal)
                        .withMessage("no such luck")
                        .build());
            }
            stored.put(job.getMetadata().getName(), job);
        }
    });
    private int refusal;
    private final PaftPipeline tiny = pipeline("tiny");
    private final PaftPipeline twin = pipeline("twin");
    private final ListedNeighbours stale = new ListedNeighbours(List.of(tiny, twin), List.of());

    @Test
    void aJobThatNoCacheKnowsIsSeen() {
        assertThat(create(tiny)).isInstanceOf(JobCreation.Outcome.There.class);
        assertThat(create(twin)).isInstanceOf(JobCreation.Outcome.Taken.class);
        assertThat(create(twin)).isInstanceOf(JobCreation.Outcome.Taken.class);
        assertThat(stored).containsOnlyKeys("tiny-sft");
    }

    /** 400 is what a webhook answers that gives no code of its own. */
    @ParameterizedTest
    @ValueSource(ints = {400, 403, 413, 422})
    void whatAPolicyRefusesIsTold(int code) {
        refusal = code;
        assertThat(create(tiny)).isEqualTo(new JobCreation.Outcome.Refused("no such luck"));
    }

    @Test
    void onceThatJobIsGoneTheOtherMayMakeIt() {
        create(tiny);
        create(twin);
        stored.clear();
        assertThat(create(twin)).isInstanceOf(JobCreation.Outcome.There.class);
        assertThat(create(tiny)).isInstanceOf(JobCreation.Outcome.Taken.class);
        assertThat(stored).containsOnlyKeys("twin-sft");
    }

    @Test
    void aJobThatWorksSaysMoreThanAStatusOfBefore() {
        create(tiny);
        tiny.setStatus(Yaml.read("""
                ---
                stages: [{name: sft, state: Failed, key: %s}]
                """.formatted(KEY), PaftPipelineStatus.class));
        assertThat(create(twin)).isInstanceOf(JobCreation.Outcome.Taken.class);
        assertThat(stored).containsOnlyKeys("tiny-sft");
    }

    @Test
    void aJobOfItsOwnIsNotMadeTwice() {
        create(tiny);
        Job first = stored.get("tiny-sft");
        assertThat(create(tiny)).isInstanceOf(JobCreation.Outcome.There.class);
        assertThat(stored.get("tiny-sft")).isSameAs(first);
    }

    private JobCreation.Outcome create(PaftPipeline pipeline) {
        String name = pipeline.getMetadata().getName();
        Job job = new JobBuilder()
                .withNewMetadata()
                .withNamespace(NAMESPACE)
                .withName(name + "-sft")
                .addToLabels(Map.of(Labels.PIPELINE, name, Labels.KEY, KEY.substring(0, 32)))
                .addToAnnotations(Labels.KEY, KEY)
                .addNewOwnerReference()
                .withName(name)
                .withUid(pipeline.getMetadata().getUid())
                .withController(true)
                .endOwnerReference()
                .endMetadata()
                .build();
        return creation.create(pipeline, job, stale);
    }

    private static PaftPipeline pipeline(String name) {
        var pipeline = new PaftPipeline();
        pipeline.setMetadata(new ObjectMetaBuilder()
                .withNamespace(NAMESPACE)
                .withName(name)
                .withUid("uid-" + name)
                .build());
        pipeline.setSpec(Yaml.read("""
                ---
                baseModel: {uri: models/tiny}
                workspace: {volumeClaim: {name: ws}}
                sft: {dataset: {uri: data/sft.jsonl}}
                preference: {algorithm: DPO, dataset: {uri: data/preference.jsonl}}
                merge: {candidates: [{name: ties, method: TIES, sft: {weight: 1.0}, preference: {weight: 1.0}}]}
                """, PaftPipelineSpec.class));
        return pipeline;
    }
}
