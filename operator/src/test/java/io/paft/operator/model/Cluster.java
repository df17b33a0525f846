package io.paft.operator.model;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpec;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpecBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatus;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.PaftPipelineSpec;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.operator.jobs.Labels;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the API server stores, and the cluster's clock. */
final class Cluster {

    static final String NAMESPACE = "llm";

    final Table<PaftPipeline> pipelines = new Table<>();
    final Table<Job> jobs = new Table<>();
    final Table<Pod> pods = new Table<>();

    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private long versions;
    private long uids;

    Instant now() {
        return now;
    }

    String timestamp() {
        return now.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    void pass(long milliseconds) {
        now = now.plusMillis(milliseconds);
    }

    String uid() {
        return "uid-" + ++uids;
    }

    void create(PaftPipeline pipeline) {
        created(pipeline.getMetadata());
        pipeline.getMetadata().setGeneration(1L);
        pipelines.put(pipeline);
    }

    /** As a person's edit does it. */
    void setSpec(PaftPipeline pipeline, PaftPipelineSpec spec) {
        put(pipeline, spec, pipeline.getStatus(), meta -> meta.setGeneration(meta.getGeneration() + 1));
    }

    PaftPipeline setStatus(PaftPipeline pipeline, PaftPipelineStatus status) {
        put(pipeline, pipeline.getSpec(), status, meta -> {});
        return Objects.requireNonNull(pipelines.get(pipeline.getMetadata().getName()));
    }

    void setMetadata(PaftPipeline pipeline, Consumer<ObjectMeta> change) {
        put(pipeline, pipeline.getSpec(), pipeline.getStatus(), change);
    }

    private void put(
            PaftPipeline pipeline,
            PaftPipelineSpec spec,
            @Nullable PaftPipelineStatus status,
            Consumer<ObjectMeta> change) {
        PaftPipeline after = new PaftPipeline();
        after.setMetadata(changed(pipeline, change));
        after.setSpec(spec);
        after.setStatus(status);
        pipelines.put(after);
    }

    void create(Job job) {
        ObjectMeta meta = new ObjectMetaBuilder(job.getMetadata()).build();
        created(meta);
        jobs.put(new Job(job.getApiVersion(), job.getKind(), meta, job.getSpec(), new JobStatus()));
    }

    void setStatus(Job job, JobStatus status) {
        jobs.put(new Job(job.getApiVersion(), job.getKind(), changed(job, meta -> {}), job.getSpec(), status));
    }

    /** Suspends a Job or lets it go on, with an annotation that says who did. */
    void suspend(Job job, boolean suspend, String annotation) {
        ObjectMeta meta = changed(job, changed -> {
            var annotations = new HashMap<>(changed.getAnnotations());
            if (suspend) {
                annotations.put(annotation, "true");
            } else {
                annotations.remove(annotation);
            }
            changed.setAnnotations(annotations);
        });
        JobSpec spec = new JobSpecBuilder(job.getSpec()).withSuspend(suspend).build();
        jobs.put(new Job(job.getApiVersion(), job.getKind(), meta, spec, job.getStatus()));
    }

    void create(Pod pod) {
        created(pod.getMetadata());
        pods.put(pod);
    }

    void setStatus(Pod pod, PodStatus status) {
        pods.put(new Pod(pod.getApiVersion(), pod.getKind(), changed(pod, meta -> {}), pod.getSpec(), status));
    }

    /** Asks for the end of an object that something still holds: it stays, marked. */
    void mark(Job job) {
        ObjectMeta meta = changed(job, this::deleted);
        jobs.put(new Job(job.getApiVersion(), job.getKind(), meta, job.getSpec(), job.getStatus()));
    }

    void mark(Pod pod) {
        ObjectMeta meta = changed(pod, this::deleted);
        pods.put(new Pod(pod.getApiVersion(), pod.getKind(), meta, pod.getSpec(), pod.getStatus()));
    }

    void mark(PaftPipeline pipeline) {
        setMetadata(pipeline, this::deleted);
    }

    List<Pod> podsOf(Job job) {
        return pods.all().stream()
                .filter(pod -> ownedBy(pod, job.getMetadata().getUid()))
                .toList();
    }

    /** The pipeline that an object is made for, by its label. */
    static String pipelineOf(HasMetadata object) {
        return object.getMetadata().getLabels().get(Labels.PIPELINE);
    }

    static boolean ownedBy(HasMetadata object, String uid) {
        return object.getMetadata().getOwnerReferences().stream()
                .anyMatch(owner -> owner.getUid().equals(uid));
    }

    private void deleted(ObjectMeta meta) {
        if (meta.getDeletionTimestamp() == null) {
            meta.setDeletionTimestamp(timestamp());
        }
    }

    private void created(ObjectMeta meta) {
        // Two pods of one Job are never made within the second that timestamps have.
        pass(1000);
        meta.setUid(uid());
        meta.setCreationTimestamp(timestamp());
        meta.setResourceVersion(Long.toString(++versions));
    }

    private ObjectMeta changed(HasMetadata object, Consumer<ObjectMeta> change) {
        ObjectMeta meta = new ObjectMetaBuilder(object.getMetadata()).build();
        change.accept(meta);
        meta.setResourceVersion(Long.toString(++versions));
        return meta;
    }
}
