package io.paft.operator.reconcile;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobCondition;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpec;
import io.fabric8.kubernetes.api.model.batch.v1.JobStatus;
import io.paft.operator.jobs.Labels;
import io.paft.operator.plan.Observation;
import io.paft.operator.plan.Observation.Hold;
import io.paft.operator.plan.Observation.JobState;
import io.paft.operator.plan.Observation.ObservedJob;
import io.paft.operator.plan.Observation.ObservedPod;
import io.paft.operator.plan.Progress;
import io.paft.operator.status.RetryRequest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads Jobs and pods as Kubernetes has them into what the planner needs to know. Pure. */
public final class JobObserver {

    private static final Comparator<Pod> OLDEST_FIRST =
            Comparator.comparing(pod -> pod.getMetadata().getCreationTimestamp());

    private JobObserver() {}

    /**
     * What the Jobs and pods of one pipeline come to.
     *
     * @param pipelineUid of the pipeline, since one of the same name may have been there before
     * @param refusals why the API server refused to create a Job, by the Job's name
     * @param progress what pods said last, by the pod's uid
     */
    public static Observation observe(
            String pipelineUid,
            Collection<Job> jobs,
            Collection<Pod> pods,
            Map<String, String> refusals,
            Map<String, Progress> progress) {
        List<ObservedJob> observed = jobs.stream()
                .sorted(Comparator.comparing(job -> job.getMetadata().getName()))
                .map(job -> foreign(job, pipelineUid) ? leaving(job) : observe(job, podsOf(job, pods), progress))
                .toList();
        return new Observation(observed, refusals).withPods(busy(pods), orphans(jobs, pods));
    }

    /** A Job that is deleted goes at once, its pods take a while: the key they carry tells what they still work on. */
    private static Map<String, String> busy(Collection<Pod> pods) {
        var busy = new TreeMap<String, String>();
        for (Pod pod : pods) {
            String key = key(pod);
            if (key != null && !(PodObserver.observe(pod, null) instanceof ObservedPod.Ended)) {
                busy.put(key, pod.getMetadata().getName());
            }
        }
        return busy;
    }

    /** What such pods have done with their GPUs, nobody but they themselves can tell any more. */
    private static Map<String, List<ObservedPod>> orphans(Collection<Job> jobs, Collection<Pod> pods) {
        Set<String> uids = jobs.stream().map(job -> job.getMetadata().getUid()).collect(Collectors.toSet());
        var orphans = new TreeMap<String, List<ObservedPod>>();
        pods.stream().sorted(OLDEST_FIRST).forEach(pod -> {
            String key = key(pod);
            boolean owned =
                    pod.getMetadata().getOwnerReferences().stream().anyMatch(owner -> uids.contains(owner.getUid()));
            if (key != null && !owned) {
                orphans.computeIfAbsent(key, _ -> new ArrayList<>()).add(PodObserver.observe(pod, null));
            }
        });
        return orphans;
    }

    private static @Nullable String key(Pod pod) {
        Map<String, String> annotations = pod.getMetadata().getAnnotations();
        return annotations == null ? null : annotations.get(Labels.KEY);
    }

    /** A Job of an earlier pipeline of this name, which the garbage collector has not come to yet. */
    private static boolean foreign(Job job, String pipelineUid) {
        return job.getMetadata().getOwnerReferences().stream()
                .anyMatch(owner -> Boolean.TRUE.equals(owner.getController())
                        && !owner.getUid().equals(pipelineUid));
    }

    private static ObservedJob leaving(Job job) {
        return new ObservedJob(
                job.getMetadata().getName(),
                job.getMetadata().getUid(),
                JobState.ACTIVE,
                null,
                null,
                0,
                true,
                null,
                null,
                List.of(),
                Hold.NONE,
                false,
                0,
                null,
                0,
                null,
                null);
    }

    private static List<Pod> podsOf(Job job, Collection<Pod> pods) {
        String uid = job.getMetadata().getUid();
        return pods.stream()
                .filter(pod -> pod.getMetadata().getOwnerReferences().stream()
                        .anyMatch(owner -> owner.getUid().equals(uid)))
                .sorted(OLDEST_FIRST)
                .toList();
    }

    private static ObservedJob observe(Job job, List<Pod> pods, Map<String, Progress> progress) {
        JobStatus status = job.getStatus() == null ? new JobStatus() : job.getStatus();
        JobSpec spec = job.getSpec() == null ? new JobSpec() : job.getSpec();
        Map<String, String> annotations = job.getMetadata().getAnnotations();
        Optional<JobCondition> complete = condition(status, "Complete");
        Optional<JobCondition> failed = condition(status, "Failed");
        // Says why as soon as its controller has given it up; Failed it is once its pods have ended.
        Optional<JobCondition> failing = failed.or(() -> condition(status, "FailureTarget"));
        JobState state =
                complete.isPresent() ? JobState.COMPLETE : failed.isPresent() ? JobState.FAILED : JobState.ACTIVE;
        List<ObservedPod> observed = pods.stream()
                .map(pod ->
                        PodObserver.observe(pod, progress.get(pod.getMetadata().getUid())))
                .toList();
        return new ObservedJob(
                job.getMetadata().getName(),
                job.getMetadata().getUid(),
                state,
                failing.map(JobCondition::getReason).orElse(null),
                failing.map(JobCondition::getMessage).orElse(null),
                Math.max(
                        count(status.getActive()) + count(status.getSucceeded()) + count(status.getFailed()),
                        pods.size()),
                job.getMetadata().getDeletionTimestamp() != null,
                status.getStartTime(),
                failed.map(JobCondition::getLastTransitionTime).orElse(status.getCompletionTime()),
                observed,
                hold(job),
                queued(job),
                count(status.getFailed()),
                spec.getBackoffLimit(),
                PodObserver.gpus(
                        spec.getTemplate() == null ? null : spec.getTemplate().getSpec()),
                annotations == null ? null : annotations.get(RetryRequest.ANNOTATION),
                spec.getActiveDeadlineSeconds());
    }

    private static Hold hold(Job job) {
        if (job.getSpec() == null || !Boolean.TRUE.equals(job.getSpec().getSuspend())) {
            return Hold.NONE;
        }
        Map<String, String> annotations = job.getMetadata().getAnnotations();
        return annotations != null && annotations.containsKey(Labels.SUSPENDED) ? Hold.BY_US : Hold.BY_OTHERS;
    }

    private static boolean queued(Job job) {
        Map<String, String> labels = job.getMetadata().getLabels();
        return labels != null && labels.containsKey(Labels.QUEUE);
    }

    /** Whether a Job makes no more pods. */
    static boolean isFinished(Job job) {
        JobStatus status = job.getStatus();
        return status != null
                && (condition(status, "Complete").isPresent()
                        || condition(status, "Failed").isPresent());
    }

    private static Optional<JobCondition> condition(JobStatus status, String type) {
        return status.getConditions().stream()
                .filter(condition -> type.equals(condition.getType()) && "True".equals(condition.getStatus()))
                .findFirst();
    }

    private static int count(@Nullable Integer number) {
        return number == null ? 0 : number;
    }
}
