package io.paft.operator.reconcile;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.operator.jobs.Labels;
import io.paft.operator.plan.Action;
import java.net.HttpURLConnection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** What the operator asks of the API server for a pipeline, and what it makes of the answers. */
public class PipelineClient {

    private static final Logger LOG = Logger.getLogger(PipelineClient.class);

    private final Requests requests;
    private final JobCreation creation;

    public PipelineClient(KubernetesClient client) {
        this(new Requests(client));
    }

    PipelineClient(Requests requests) {
        this.requests = requests;
        this.creation = new JobCreation(requests);
    }

    /** The pipeline as the API server has it now, or null when it is gone. */
    @Nullable
    PaftPipeline live(PaftPipeline cached) {
        PaftPipeline live = requests.read(
                cached.getMetadata().getNamespace(), cached.getMetadata().getName());
        boolean same = live != null
                && live.getMetadata().getUid().equals(cached.getMetadata().getUid());
        return same ? live : null;
    }

    /**
     * Writes the status of exactly the version that was planned from.
     *
     * <p>The client writes, not JOSDK's UpdateControl: JOSDK 5.3 can drop a change of the spec that arrives while such a write of
     * its own is in flight.
     *
     * @return the new version; null when the pipeline has changed since, or is gone
     */
    @Nullable
    String writeStatus(PaftPipeline live, PaftPipelineStatus status) {
        PaftPipeline update = new PaftPipeline();
        update.setMetadata(live.getMetadata());
        update.setSpec(live.getSpec());
        update.setStatus(status);
        try {
            return requests.update(update);
        } catch (KubernetesClientException e) {
            if (e.getCode() == HttpURLConnection.HTTP_CONFLICT || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                return null;
            }
            throw e;
        }
    }

    /** Carries out one action. */
    JobCreation.Outcome apply(PaftPipeline pipeline, Action action, SiblingObserver.Neighbours neighbours) {
        return switch (action) {
            case Action.CreateJob(Job job) -> creation.create(pipeline, job, neighbours);
            case Action.DeleteJob(String name, String uid) -> {
                delete(pipeline.getMetadata().getNamespace(), name, uid);
                yield new JobCreation.Outcome.There();
            }
            case Action.SuspendJob(String name, String uid, boolean suspend) -> {
                suspend(pipeline.getMetadata().getNamespace(), name, uid, suspend);
                yield new JobCreation.Outcome.There();
            }
            case Action.DeletePod(String name, String uid) -> {
                deletePod(pipeline.getMetadata().getNamespace(), name, uid);
                yield new JobCreation.Outcome.There();
            }
        };
    }

    /**
     * Of the pods that are about to be stopped, those that are being stopped already or have ended, and the caches do not know it
     * yet.
     *
     * @return their uids
     */
    Set<String> over(PaftPipeline pipeline, List<Action> actions) {
        var over = new HashSet<String>();
        for (Action action : actions) {
            if (action instanceof Action.DeletePod(String name, String uid)) {
                Pod pod = requests.pod(pipeline.getMetadata().getNamespace(), name);
                if (pod == null || isOver(pod, uid)) {
                    over.add(uid);
                }
            }
        }
        return over;
    }

    private static boolean isOver(Pod pod, String uid) {
        return !pod.getMetadata().getUid().equals(uid) || pod.isMarkedForDeletion() || PodObserver.hasEnded(pod);
    }

    /** Events about one object, oldest or newest in any place. */
    List<Event> events(String namespace, String uid) {
        return requests.events(namespace, uid);
    }

    /** The uid in the patch makes the API server refuse it for a successor of the same name. */
    private void suspend(String namespace, String name, String uid, boolean suspend) {
        String patch = """
                {"metadata": {"uid": "%s", "annotations": {"%s": %s}}, "spec": {"suspend": %s}}""".formatted(uid, Labels.SUSPENDED, suspend ? "\"true\"" : "null", suspend);
        try {
            requests.patch(namespace, name, patch);
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT && e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
                throw e;
            }
        }
        LOG.infof("%s: %s Job %s", namespace, suspend ? "suspended" : "resumed", name);
    }

    private void deletePod(String namespace, String name, String uid) {
        Pod pod = requests.pod(namespace, name);
        if (pod == null || isOver(pod, uid)) {
            // What a pod that has ended says would go with it.
            return;
        }
        try {
            requests.delete(pod);
            LOG.infof("%s: deleted pod %s, which made no progress", namespace, name);
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
            // It changed since, and may have ended well: the event that says so decides anew.
        }
    }

    private void delete(String namespace, String name, String uid) {
        Job job = requests.job(namespace, name);
        if (job == null || !job.getMetadata().getUid().equals(uid)) {
            return;
        }
        try {
            requests.delete(job);
            LOG.infof("%s: deleted Job %s", namespace, name);
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                throw e;
            }
            // It changed since, or is another one of this name: the event that says so decides anew.
        }
    }
}
