package io.paft.operator;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.operator.jobs.Labels;
import io.paft.operator.plan.Stage;
import io.paft.operator.reconcile.SiblingObserver;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** Looks pipelines and Jobs up in plain lists, where the operator has indexes. */
public record ListedNeighbours(Collection<PaftPipeline> pipelines, Collection<Job> allJobs)
        implements SiblingObserver.Neighbours {

    @Override
    public List<PaftPipeline> asking(String namespace, String claim, String key) {
        return on(namespace, claim).stream()
                .filter(pipeline -> Stage.keys(pipeline.getSpec()).contains(key))
                .toList();
    }

    @Override
    public List<PaftPipeline> recording(String namespace, String claim, String key) {
        return on(namespace, claim).stream()
                .filter(pipeline -> pipeline.getStatus() != null
                        && pipeline.getStatus().stages() != null
                        && pipeline.getStatus().stages().stream()
                                .anyMatch(stage -> stage.key().equals(key)))
                .toList();
    }

    @Override
    public Optional<PaftPipeline> pipeline(String namespace, String name) {
        return pipelines.stream()
                .filter(pipeline -> pipeline.getMetadata().getNamespace().equals(namespace))
                .filter(pipeline -> pipeline.getMetadata().getName().equals(name))
                .findFirst();
    }

    @Override
    public List<Job> jobs(String namespace, String key) {
        return allJobs.stream()
                .filter(job -> namespace.equals(job.getMetadata().getNamespace()))
                .filter(job -> key.equals(Labels.key(job)))
                .toList();
    }

    private List<PaftPipeline> on(String namespace, String claim) {
        return pipelines.stream()
                .filter(pipeline -> pipeline.getMetadata().getNamespace().equals(namespace))
                .filter(pipeline ->
                        pipeline.getSpec().workspace().volumeClaim().name().equals(claim))
                .toList();
    }
}
