package io.paft.operator.reconcile;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.jobs.Labels;
import io.paft.operator.status.RetryRequest;
import io.paft.operator.status.StagesByName;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Finds pipelines by the results that they ask for, in the controller's own cache, and wakes those that wait for one that changed, or
 * that somebody asks to try again.
 */
final class Neighbourhood implements SiblingObserver.Neighbours {

    private static final String CLAIM = "claim";
    private static final String RECORDING = "recording";
    private static final String WAITING = "waiting";
    private static final String JOBS = "key";

    private final IndexerResourceCache<PaftPipeline> pipelines;
    private final IndexerResourceCache<Job> jobs;
    private final Consumer<ResourceID> wake;
    private final AskedKeys asked = new AskedKeys();

    /**
     * Before the caches are filled.
     *
     * @param wake has a pipeline looked at soon
     */
    Neighbourhood(
            IndexerResourceCache<PaftPipeline> pipelines, IndexerResourceCache<Job> jobs, Consumer<ResourceID> wake) {
        this.pipelines = pipelines;
        this.jobs = jobs;
        this.wake = wake;
        pipelines.addIndexers(Map.of(
                CLAIM, Neighbourhood::claimed, RECORDING, Neighbourhood::recorded, WAITING, Neighbourhood::waitedFor));
        jobs.addIndexers(Map.of(JOBS, Neighbourhood::made));
        listen(pipelines, this::changed);
        listen(jobs, this::changed);
    }

    /**
     * JOSDK tells a reconciler nothing about a primary resource that is gone, nor of one whose status alone changed, nor of other
     * pipelines' Jobs. A cache asks this filter about each change, once it has it; the filter lets everything pass.
     */
    @SuppressWarnings("unchecked")
    private static <T extends HasMetadata> void listen(IndexerResourceCache<T> cache, Consumer<T> listener) {
        if (!(cache instanceof EventSource<?, ?> source)) {
            throw new IllegalStateException("the cache is no event source: " + cache.getClass());
        }
        ((EventSource<T, PaftPipeline>) source).setGenericFilter(changed -> {
            listener.accept(changed);
            return true;
        });
    }

    /** A pipeline that no longer asks for a result, or that nobody understands, never tells what became of its Job. */
    private void changed(Job job) {
        String pipeline = job.getMetadata().getLabels().get(Labels.PIPELINE);
        boolean works = jobs.get(ResourceID.fromResource(job)).isPresent()
                && !job.isMarkedForDeletion()
                && !JobObserver.isFinished(job);
        if (pipeline == null || works) {
            return;
        }
        String key = Labels.key(job);
        for (PaftPipeline waiting :
                pipelines.byIndex(WAITING, at(job.getMetadata().getNamespace(), pipeline))) {
            if (waited(waiting, pipeline).anyMatch(stage -> stage.key().equals(key))) {
                wake.accept(ResourceID.fromResource(waiting));
            }
        }
    }

    private void changed(PaftPipeline pipeline) {
        ResourceID id = ResourceID.fromResource(pipeline);
        boolean there = pipelines.get(id).isPresent();
        if (!there) {
            asked.forget(pipeline);
        }
        for (PaftPipeline waiting :
                pipelines.byIndex(WAITING, at(id.getNamespace().orElse(""), id.getName()))) {
            // Its progress alone is no news.
            if (!there || waited(waiting, id.getName()).anyMatch(stage -> !runs(pipeline, stage.key()))) {
                wake.accept(ResourceID.fromResource(waiting));
            }
        }
        // What it waits for may have ended before the cache knew that it waits. And who asks for a retry writes an
        // annotation, which is no new generation of the pipeline: JOSDK would not tell of it.
        if (there
                && (!waitedFor(pipeline).isEmpty()
                        || RetryRequest.open(pipeline).isPresent())) {
            wake.accept(id);
        }
    }

    private static boolean runs(PaftPipeline pipeline, String key) {
        return !pipeline.isMarkedForDeletion()
                && stages(pipeline).anyMatch(stage -> stage.key().equals(key) && stage.state() == StageState.Running);
    }

    @Override
    public Collection<PaftPipeline> asking(String namespace, String claim, String key) {
        return pipelines.byIndex(CLAIM, at(namespace, claim)).stream()
                .filter(pipeline -> asked.contain(pipeline, key))
                .toList();
    }

    @Override
    public Collection<PaftPipeline> recording(String namespace, String claim, String key) {
        return pipelines.byIndex(RECORDING, at(namespace, claim, key));
    }

    @Override
    public Optional<PaftPipeline> pipeline(String namespace, String name) {
        return pipelines.get(new ResourceID(name, namespace));
    }

    @Override
    public Collection<Job> jobs(String namespace, String key) {
        return jobs.byIndex(JOBS, at(namespace, key));
    }

    private static List<String> claimed(PaftPipeline pipeline) {
        return List.of(at(namespace(pipeline), claim(pipeline)));
    }

    private static List<String> recorded(PaftPipeline pipeline) {
        return stages(pipeline)
                .map(stage -> at(namespace(pipeline), claim(pipeline), stage.key()))
                .distinct()
                .toList();
    }

    private static List<String> waitedFor(PaftPipeline pipeline) {
        return stages(pipeline)
                .map(StageStatus::waitsFor)
                .filter(Objects::nonNull)
                .map(name -> at(namespace(pipeline), name))
                .distinct()
                .toList();
    }

    private static List<String> made(Job job) {
        return List.of(at(job.getMetadata().getNamespace(), Labels.key(job)));
    }

    private static Stream<StageStatus> waited(PaftPipeline pipeline, String name) {
        return stages(pipeline).filter(stage -> name.equals(stage.waitsFor()));
    }

    private static Stream<StageStatus> stages(PaftPipeline pipeline) {
        return StagesByName.of(pipeline.getStatus()).values().stream();
    }

    private static String namespace(PaftPipeline pipeline) {
        return pipeline.getMetadata().getNamespace();
    }

    private static String claim(PaftPipeline pipeline) {
        return pipeline.getSpec().workspace().volumeClaim().name();
    }

    /** Of names that hold no slash. */
    private static String at(String... names) {
        return String.join("/", names);
    }
}
