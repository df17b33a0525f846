package io.paft.operator.progress;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatus;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatusBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.Yaml;
import io.paft.operator.jobs.ProgressTarget;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A pipeline of which sft runs in one pod; a test changes what it is about. */
final class Situation implements Known {

    static final ProgressTarget SFT = new ProgressTarget("llm", "tiny", "sft");
    static final String KEY = "a".repeat(64);
    static final String JOB = "tiny-sft-aaaaaaaa";

    final PaftPipeline pipeline = Yaml.pipeline("contract/pipeline.yaml");
    final Map<String, Job> jobs = new HashMap<>();
    final Map<String, Pod> pods = new HashMap<>();
    int woken;

    Situation() {
        stage(StageState.Running, KEY, JOB);
        job(JOB, "uid-job", KEY);
        pod("sft-0", "uid-pod", "uid-job", "sft");
    }

    void stage(StageState state, String key, String job) {
        var stage = new StageStatus("sft", state, null, null, key, null, 1, job, null, null, null, null, null, null);
        pipeline.setStatus(new PaftPipelineStatus(
                1L, "Training", null, null, null, List.of(stage), null, null, null, null, null, null));
    }

    Job job(String name, String uid, String key) {
        Job job = new JobBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace("llm")
                .withUid(uid)
                .addToAnnotations("paft.io/key", key)
                .addNewOwnerReference()
                .withUid(pipeline.getMetadata().getUid())
                .withController(true)
                .endOwnerReference()
                .endMetadata()
                .build();
        jobs.put(name, job);
        return job;
    }

    Pod pod(String name, String uid, String jobUid, String stage) {
        Pod pod = new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace("llm")
                .withUid(uid)
                .addToLabels("paft.io/pipeline", "tiny")
                .addToLabels("paft.io/stage", stage)
                .addNewOwnerReference()
                .withUid(jobUid)
                .withController(true)
                .endOwnerReference()
                .endMetadata()
                .withNewStatus()
                .withPhase("Running")
                .endStatus()
                .build();
        pods.put(name, pod);
        return pod;
    }

    /** What the API server says of a good token. */
    static TokenReviewStatus review(String namespace, String pod, String uid) {
        return new TokenReviewStatusBuilder()
                .withAuthenticated(true)
                .withAudiences(SFT.audience())
                .withNewUser()
                .withUsername("system:serviceaccount:" + namespace + ":default")
                .addToExtra("authentication.kubernetes.io/pod-name", List.of(pod))
                .addToExtra("authentication.kubernetes.io/pod-uid", List.of(uid))
                .endUser()
                .build();
    }

    @Override
    public boolean ready() {
        return true;
    }

    @Override
    public Optional<PaftPipeline> pipeline(String namespace, String name) {
        return namespace.equals("llm") && name.equals("tiny") ? Optional.of(pipeline) : Optional.empty();
    }

    @Override
    public Optional<Job> job(String namespace, String name) {
        return namespace.equals("llm") ? Optional.ofNullable(jobs.get(name)) : Optional.empty();
    }

    @Override
    public Optional<Pod> pod(String namespace, String name) {
        return namespace.equals("llm") ? Optional.ofNullable(pods.get(name)) : Optional.empty();
    }

    @Override
    public void wake(String namespace, String name) {
        woken++;
    }
}
