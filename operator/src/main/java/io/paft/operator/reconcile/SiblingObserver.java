package io.paft.operator.reconcile;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.jobs.Labels;
import io.paft.operator.plan.PipelineDeadline;
import io.paft.operator.plan.Siblings;
import io.paft.operator.plan.Siblings.Sibling;
import io.paft.operator.plan.Stage;
import io.paft.operator.status.RetryRequest;
import io.paft.operator.status.StagesByName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads what other pipelines and their Jobs say about the results that one pipeline asks for. Pure. */
public final class SiblingObserver {

    private SiblingObserver() {}

    /** Where pipelines and Jobs are looked up. */
    public interface Neighbours {

        /** Pipelines of a namespace and a claim whose spec asks for a key. */
        Collection<PaftPipeline> asking(String namespace, String claim, String key);

        /** Pipelines of a namespace and a claim whose status has a stage with a key. */
        Collection<PaftPipeline> recording(String namespace, String claim, String key);

        /** A pipeline by its name. */
        Optional<PaftPipeline> pipeline(String namespace, String name);

        /** Jobs of a namespace for a key, whosever they are. */
        Collection<Job> jobs(String namespace, String key);
    }

    /** What matters to a pipeline for the stages that are not through. */
    public static Siblings observe(PaftPipeline self, Neighbours neighbours) {
        var byKey = new LinkedHashMap<String, List<Sibling>>();
        for (String key : open(self)) {
            List<Sibling> siblings = observe(self, key, neighbours);
            if (!siblings.isEmpty()) {
                byKey.put(key, siblings);
            }
        }
        return new Siblings(byKey);
    }

    /** Of a stage that has another name by now, what is recorded under the old one is no answer. */
    private static Set<String> open(PaftPipeline self) {
        Map<String, StageStatus> recorded = StagesByName.of(self.getStatus());
        boolean retry = RetryRequest.open(self).isPresent();
        return Stage.in(self.getSpec()).stream()
                .filter(stage -> !isThrough(stage.recordedIn(recorded), retry))
                .map(Stage::key)
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** What failed may go on: when a person asks for it, or when the pipeline gets a longer deadline. */
    private static boolean isThrough(@Nullable StageStatus status, boolean retry) {
        if (status == null) {
            return false;
        }
        return switch (status.state()) {
            case Succeeded -> true;
            case Failed -> !retry && !PipelineDeadline.stopped(status);
            case Pending, Running, Blocked -> false;
        };
    }

    static List<Sibling> observe(PaftPipeline self, String key, Neighbours neighbours) {
        String namespace = self.getMetadata().getNamespace();
        String claim = claim(self);
        Collection<PaftPipeline> asking = neighbours.asking(namespace, claim, key);
        var all = new LinkedHashMap<String, PaftPipeline>();
        asking.forEach(pipeline -> all.put(pipeline.getMetadata().getUid(), pipeline));
        neighbours
                .recording(namespace, claim, key)
                .forEach(pipeline -> all.put(pipeline.getMetadata().getUid(), pipeline));
        Collection<Job> jobs = neighbours.jobs(namespace, key);
        jobs.forEach(job -> owner(job, neighbours)
                .filter(pipeline -> claim(pipeline).equals(claim))
                .ifPresent(pipeline -> all.put(pipeline.getMetadata().getUid(), pipeline)));
        all.remove(self.getMetadata().getUid());
        var siblings = new ArrayList<Sibling>();
        all.forEach((uid, pipeline) -> {
            boolean asks = asks(pipeline) && isAmong(asking, uid);
            siblings.add(new Sibling(
                    pipeline.getMetadata().getName(),
                    uid,
                    Objects.requireNonNullElse(pipeline.getMetadata().getCreationTimestamp(), ""),
                    asks,
                    // What becomes of a finished Job is told by a pipeline that asks for it, and by no other.
                    jobs.stream().anyMatch(job -> isOf(job, uid) && (asks || !JobObserver.isFinished(job))),
                    recorded(pipeline, key).orElse(null),
                    pipeline.getStatus() == null ? null : pipeline.getStatus().result()));
        });
        return siblings;
    }

    /** Until its Job is deleted, a pipeline works on what it neither asks for nor records any more. */
    private static Optional<PaftPipeline> owner(Job job, Neighbours neighbours) {
        String name = job.getMetadata().getLabels().get(Labels.PIPELINE);
        return name == null
                ? Optional.empty()
                : neighbours
                        .pipeline(job.getMetadata().getNamespace(), name)
                        .filter(pipeline -> isOf(job, pipeline.getMetadata().getUid()));
    }

    private static String claim(PaftPipeline pipeline) {
        return pipeline.getSpec().workspace().volumeClaim().name();
    }

    private static boolean asks(PaftPipeline pipeline) {
        return !pipeline.isMarkedForDeletion()
                && !Boolean.TRUE.equals(pipeline.getSpec().suspend());
    }

    private static boolean isAmong(Collection<PaftPipeline> pipelines, String uid) {
        return pipelines.stream()
                .anyMatch(pipeline -> pipeline.getMetadata().getUid().equals(uid));
    }

    /** A Job that is being deleted does no more work, one that its pipeline has suspended none that anybody should wait for. */
    private static boolean isOf(Job job, String uid) {
        return job.getMetadata().getDeletionTimestamp() == null
                && !job.getMetadata().getAnnotations().containsKey(Labels.SUSPENDED)
                && job.getMetadata().getOwnerReferences().stream()
                        .anyMatch(owner -> Boolean.TRUE.equals(owner.getController())
                                && owner.getUid().equals(uid));
    }

    /** Whether one of these Jobs makes a result for the pipeline with that uid right now. */
    static boolean isAtWork(Collection<Job> jobs, String uid) {
        return jobs.stream().anyMatch(job -> isOf(job, uid) && !JobObserver.isFinished(job));
    }

    /** What one pipeline's status says of a key; where two of its stages have the same, the one that is further. */
    private static Optional<StageStatus> recorded(PaftPipeline pipeline, String key) {
        Map<String, StageStatus> stages = StagesByName.of(pipeline.getStatus());
        List<StageStatus> same = stages.values().stream()
                .filter(stage -> stage.key().equals(key))
                .toList();
        return same.stream()
                .filter(stage -> stage.state() == StageState.Succeeded)
                .findFirst()
                .or(() -> same.stream().findFirst());
    }
}
