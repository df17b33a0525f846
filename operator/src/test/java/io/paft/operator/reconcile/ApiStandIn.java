package io.paft.operator.reconcile;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.api.v1alpha1.PaftPipeline;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers the operator's single requests in place of an API server; what the operator makes of the answers is its own code. */
public abstract class ApiStandIn extends Requests {

    protected ApiStandIn() {
        // Every request that would need the client is overridden.
        super(null);
    }

    /** The operator's client that asks here. */
    public PipelineClient client() {
        return new PipelineClient(this);
    }

    protected abstract @Nullable PaftPipeline readPipeline(String name);

    /** Returns the new version. */
    protected abstract String updateStatus(PaftPipeline pipeline);

    protected abstract @Nullable Job readJob(String name);

    /** Jobs with that label of a key. */
    protected abstract List<Job> listJobs(String key);

    protected abstract void createJob(Job job);

    protected abstract void deleteJob(Job job);

    protected abstract void patchJob(String name, String patch);

    protected abstract @Nullable Pod readPod(String name);

    protected abstract void deletePod(Pod pod);

    protected abstract List<Event> eventsOf(String uid);

    @Override
    final @Nullable PaftPipeline read(String namespace, String name) {
        return readPipeline(name);
    }

    @Override
    final String update(PaftPipeline pipeline) {
        return updateStatus(pipeline);
    }

    @Override
    final @Nullable Job job(String namespace, String name) {
        return readJob(name);
    }

    @Override
    final List<Job> jobs(String namespace, String key) {
        return listJobs(key);
    }

    @Override
    final void create(Job job) {
        createJob(job);
    }

    @Override
    final void delete(Job job) {
        deleteJob(job);
    }

    @Override
    final void patch(String namespace, String name, String patch) {
        patchJob(name, patch);
    }

    @Override
    final @Nullable Pod pod(String namespace, String name) {
        return readPod(name);
    }

    @Override
    final void delete(Pod pod) {
        deletePod(pod);
    }

    @Override
    final List<Event> events(String namespace, String uid) {
        return eventsOf(uid);
    }
}
