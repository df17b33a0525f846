package io.paft.operator.reconcile;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.api.v1alpha1.PaftPipeline;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The operator's own look at the other pipelines, and what it wakes for them, over lists in place of JOSDK's caches. */
public final class CachesStandIn extends Caches {

    private final ListedCache<PaftPipeline> pipelines;
    private final ListedCache<Job> jobs;
    private final Neighbourhood neighbourhood;

    /** @param wake has the pipeline of this name looked at soon */
    public CachesStandIn(Supplier<List<PaftPipeline>> pipelines, Supplier<List<Job>> jobs, Consumer<String> wake) {
        this.pipelines = new ListedCache<>(PaftPipeline.class, pipelines);
        this.jobs = new ListedCache<>(Job.class, jobs);
        this.neighbourhood = new Neighbourhood(this.pipelines, this.jobs, id -> wake.accept(id.getName()));
    }

    /** As JOSDK tells it of every change, once the cache has it. */
    public void changed(PaftPipeline pipeline) {
        pipelines.changed(pipeline);
    }

    public void changed(Job job) {
        jobs.changed(job);
    }

    @Override
    SiblingObserver.Neighbours neighbours() {
        return neighbourhood;
    }
}
