package io.paft.operator.model;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.operator.jobs.Labels;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What an operator had in its caches when it decided.
 *
 * @param at when it began to
 * @param known all pipelines, as its cache had them when it decided for good
 * @param everybodys all Jobs, as its cache had them then
 * @param pipelines the cache of pipelines, which goes on
 * @param allJobs that of Jobs
 */
record Seen(
        List<Job> jobs,
        List<Pod> pods,
        Set<String> refused,
        Instant at,
        List<PaftPipeline> known,
        List<Job> everybodys,
        Watch<PaftPipeline> pipelines,
        Watch<Job> allJobs) {

    /** The others are looked at once more, right after the pipeline itself was read. */
    Seen reading() {
        return new Seen(jobs, pods, refused, at, pipelines.all(), allJobs.all(), pipelines, allJobs);
    }

    Optional<Job> job(String name) {
        return jobs.stream()
                .filter(job -> job.getMetadata().getName().equals(name))
                .findFirst();
    }

    /** Whether a pipeline had a Job that makes a result. */
    boolean worked(PaftPipeline pipeline, String key) {
        return jobs(pipeline, key).anyMatch(job -> !JobController.finished(job));
    }

    /** Whether a pipeline had a Job for a result, whatever became of it. */
    boolean hasJob(PaftPipeline pipeline, String key) {
        return jobs(pipeline, key).findAny().isPresent();
    }

    private Stream<Job> jobs(PaftPipeline pipeline, String key) {
        return everybodys.stream()
                .filter(job -> Labels.key(job).equals(key))
                .filter(job -> Cluster.ownedBy(job, pipeline.getMetadata().getUid()));
    }

    List<Pod> podsOf(Job job) {
        return pods.stream()
                .filter(pod -> Cluster.ownedBy(pod, job.getMetadata().getUid()))
                .toList();
    }

    /** Whether any pod of the pipeline was there that had not ended. */
    boolean anyPodLeft() {
        return pods.stream().anyMatch(pod -> !Kubelet.ended(pod));
    }

    List<Pod> succeeded(Job job) {
        return podsOf(job).stream()
                .filter(pod -> Integer.valueOf(0).equals(Kubelet.exitCode(pod)))
                .toList();
    }

    /** Pods of a Job that run, or have done their work without the Job's knowing. */
    List<Pod> running(Job job) {
        return podsOf(job).stream()
                .filter(pod -> Kubelet.running(pod) || Integer.valueOf(0).equals(Kubelet.exitCode(pod)))
                .toList();
    }

    static String started(Pod pod) {
        ContainerState state = Kubelet.state(pod);
        if (state == null) {
            return "";
        }
        return state.getRunning() != null
                ? state.getRunning().getStartedAt()
                : state.getTerminated() == null
                        ? ""
                        : String.valueOf(state.getTerminated().getStartedAt());
    }
}
