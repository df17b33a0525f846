package io.paft.operator.reconcile;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.operator.jobs.Labels;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Single requests to the API server, one per method; what to make of the answers is the caller's. */
class Requests {

    private final KubernetesClient client;

    Requests(KubernetesClient client) {
        this.client = client;
    }

    @Nullable
    PaftPipeline read(String namespace, String name) {
        return client.resources(PaftPipeline.class)
                .inNamespace(namespace)
                .withName(name)
                .get();
    }

    /** Updates the status of exactly the version that the object has; returns the new version. */
    String update(PaftPipeline pipeline) {
        return client.resource(pipeline)
                .lockResourceVersion(pipeline.getMetadata().getResourceVersion())
                .updateStatus()
                .getMetadata()
                .getResourceVersion();
    }

    @Nullable
    Job job(String namespace, String name) {
        return client.batch().v1().jobs().inNamespace(namespace).withName(name).get();
    }

    /** Jobs with that label of a key. */
    List<Job> jobs(String namespace, String key) {
        return client.batch()
                .v1()
                .jobs()
                .inNamespace(namespace)
                .withLabel(Labels.KEY, key)
                .list()
                .getItems();
    }

    void create(Job job) {
        client.resource(job).create();
    }

    /** Deletes exactly the version that was read; its pods go in the background. */
    void delete(Job job) {
        client.resource(job)
                .lockResourceVersion(job.getMetadata().getResourceVersion())
                .delete();
    }

    /** A JSON merge patch of a Job. */
    void patch(String namespace, String name, String patch) {
        client.batch()
                .v1()
                .jobs()
                .inNamespace(namespace)
                .withName(name)
                .patch(PatchContext.of(PatchType.JSON_MERGE), patch);
    }

    @Nullable
    Pod pod(String namespace, String name) {
        return client.pods().inNamespace(namespace).withName(name).get();
    }

    /** Deletes exactly the version that was read. */
    void delete(Pod pod) {
        client.resource(pod)
                .lockResourceVersion(pod.getMetadata().getResourceVersion())
                .delete();
    }

    /** Events about one object. */
    List<Event> events(String namespace, String uid) {
        return client.v1()
                .events()
                .inNamespace(namespace)
                .withField("involvedObject.uid", uid)
                .list()
                .getItems();
    }
}
