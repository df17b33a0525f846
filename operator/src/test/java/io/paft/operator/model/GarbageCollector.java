package io.paft.operator.model;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.util.ArrayList;
import java.util.List;

/** Kubernetes' garbage collector: what has lost its owner goes, and what waits for its dependents goes after them. */
final class GarbageCollector {

    private final Cluster cluster;
    private final PodFacts facts;

    GarbageCollector(Cluster cluster, PodFacts facts) {
        this.cluster = cluster;
        this.facts = facts;
    }

    /** Everything that can be done now, one thing each, in a stable order. */
    List<Runnable> work() {
        var work = new ArrayList<Runnable>();
        for (Job job : cluster.jobs.all()) {
            boolean orphan = cluster.pipelines.all().stream()
                    .noneMatch(pipeline ->
                            Cluster.ownedBy(job, pipeline.getMetadata().getUid()));
            if (leaving(job) ? cluster.podsOf(job).isEmpty() : orphan) {
                work.add(() -> cluster.jobs.remove(job.getMetadata().getName()));
            }
        }
        for (Pod pod : cluster.pods.all()) {
            Job owner = owner(pod);
            if ((owner == null || leaving(owner)) && !leaving(pod)) {
                work.add(() -> cluster.mark(pod));
            }
            if (removable(pod, owner) && leaving(pod)) {
                work.add(() -> remove(pod));
            }
        }
        cluster.pipelines.all().stream()
                .filter(GarbageCollector::leaving)
                .forEach(pipeline -> pipeline(
                        pipeline.getMetadata().getName(), pipeline.getMetadata().getUid(), work));
        return work;
    }

    private void pipeline(String name, String uid, List<Runnable> work) {
        List<Job> owned = cluster.jobs.all().stream()
                .filter(job -> Cluster.ownedBy(job, uid))
                .toList();
        if (owned.isEmpty()) {
            work.add(() -> cluster.pipelines.remove(name));
        }
        owned.stream().filter(job -> !leaving(job)).forEach(job -> work.add(() -> cluster.mark(job)));
    }

    /** Whether nothing holds an ended pod any more: the Job controller's finalizer stays until it has counted it. */
    boolean removable(Pod pod, Job owner) {
        return JobController.ended(pod)
                && (owner == null || leaving(owner) || JobController.finished(owner) || facts.counted(pod));
    }

    Job owner(Pod pod) {
        String name = pod.getMetadata().getOwnerReferences().getFirst().getName();
        Job job = cluster.jobs.get(name);
        return job != null && Cluster.ownedBy(pod, job.getMetadata().getUid()) ? job : null;
    }

    void remove(Pod pod) {
        cluster.pods.remove(pod.getMetadata().getName());
    }

    private static boolean leaving(HasMetadata object) {
        return object.getMetadata().getDeletionTimestamp() != null;
    }
}
