package io.paft.operator.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.operator.Yaml;
import io.paft.operator.jobs.Labels;
import io.paft.operator.reconcile.ApiStandIn;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The API server as one operator meets it: before every request the world may move on, and the request may go wrong. */
final class SimulatedApi extends ApiStandIn {

    /** What may become of a request. */
    enum Fault {
        /** The server did nothing and said so, or nothing. */
        UNAVAILABLE,
        /** The server did what was asked, but the answer never came. */
        ANSWER_LOST,
        /** A quota or a policy says no to a new Job. */
        REFUSED,
        /** A quota was counted by somebody else at the same moment: 409, and nothing was made. */
        QUOTA_CONFLICT
    }

    static final String REFUSAL = "jobs.batch is forbidden: exceeded quota: team";

    private final Cluster cluster;
    private final Supplier<@Nullable Fault> before;
    private @Nullable Checks checks;
    final Set<String> refused = new HashSet<>();

    /** @param before lets the world move on; returns what goes wrong with the request that follows */
    SimulatedApi(Cluster cluster, Supplier<@Nullable Fault> before) {
        this.cluster = cluster;
        this.before = before;
    }

    /** What follows is asked for the sake of one pipeline. */
    void watchedBy(Checks now) {
        checks = now;
    }

    private Checks checks() {
        return Objects.requireNonNull(checks, "nobody watches");
    }

    @Override
    protected @Nullable PaftPipeline readPipeline(String name) {
        return request(() -> {
            PaftPipeline live = cluster.pipelines.get(name);
            checks().read(live);
            return live;
        });
    }

    @Override
    protected String updateStatus(PaftPipeline pipeline) {
        return Objects.requireNonNull(request(() -> {
            PaftPipeline stored = cluster.pipelines.get(pipeline.getMetadata().getName());
            if (stored == null) {
                throw failure(404, "not found");
            }
            if (!version(stored).equals(version(pipeline))) {
                throw failure(409, "the object has been modified");
            }
            checks().status(stored, pipeline.getStatus());
            return version(cluster.setStatus(stored, pipeline.getStatus()));
        }));
    }

    @Override
    protected @Nullable Job readJob(String name) {
        return request(() -> cluster.jobs.get(name));
    }

    @Override
    protected List<Job> listJobs(String key) {
        return Objects.requireNonNull(request(() -> cluster.jobs.all().stream()
                .filter(job -> key.equals(job.getMetadata().getLabels().get(Labels.KEY)))
                .toList()));
    }

    @Override
    protected void createJob(Job job) {
        String name = job.getMetadata().getName();
        Fault fault = before.get();
        if (fault == Fault.REFUSED) {
            refused.add(name);
            // To tell that it is refused, and that it no longer is.
            checks().news();
            checks().news();
            throw failure(403, REFUSAL);
        }
        if (fault == Fault.QUOTA_CONFLICT) {
            throw failure(
                    409, "Operation cannot be fulfilled on resourcequotas \"team\": the object has been modified");
        }
        request(fault, () -> {
            if (cluster.jobs.get(name) != null) {
                throw new KubernetesClientException(new StatusBuilder()
                        .withCode(409)
                        .withReason("AlreadyExists")
                        .withMessage("jobs.batch \"" + name + "\" already exists")
                        .build());
            }
            checks().create(job);
            cluster.create(job);
            return null;
        });
    }

    @Override
    protected void deleteJob(Job job) {
        request(() -> {
            Job stored = cluster.jobs.get(job.getMetadata().getName());
            if (stored != null) {
                if (!version(stored).equals(version(job))) {
                    throw failure(409, "Precondition failed: resourceVersion");
                }
                checks().delete(stored);
                cluster.jobs.remove(job.getMetadata().getName());
            }
            return null;
        });
    }

    @Override
    protected void patchJob(String name, String patch) {
        request(() -> {
            Job stored = cluster.jobs.get(name);
            if (stored == null) {
                throw failure(404, "not found");
            }
            JsonNode tree = Yaml.read(patch, JsonNode.class);
            if (!tree.at("/metadata/uid").asText().equals(stored.getMetadata().getUid())) {
                throw failure(409, "Precondition failed: UID in precondition");
            }
            boolean suspend = tree.at("/spec/suspend").asBoolean();
            checks().suspend(stored, suspend);
            cluster.suspend(stored, suspend, Labels.SUSPENDED);
            return null;
        });
    }

    @Override
    protected @Nullable Pod readPod(String name) {
        return request(() -> {
            Pod pod = cluster.pods.get(name);
            if (pod != null && !pod.isMarkedForDeletion() && !JobController.ended(pod)) {
                checks().runs(pod);
            }
            return pod;
        });
    }

    @Override
    protected void deletePod(Pod pod) {
        request(() -> {
            Pod stored = cluster.pods.get(pod.getMetadata().getName());
            if (stored != null) {
                if (!version(stored).equals(version(pod))) {
                    throw failure(409, "Precondition failed: resourceVersion");
                }
                checks().stop(pod, stored);
                cluster.mark(stored);
            }
            return null;
        });
    }

    /** Nobody writes Events here. */
    @Override
    protected List<Event> eventsOf(String uid) {
        return List.of();
    }

    private <T> @Nullable T request(Supplier<@Nullable T> work) {
        return request(before.get(), work);
    }

    private static <T> @Nullable T request(@Nullable Fault fault, Supplier<@Nullable T> work) {
        if (fault == Fault.UNAVAILABLE) {
            throw failure(500, "etcdserver: request timed out");
        }
        T answer = work.get();
        if (fault == Fault.ANSWER_LOST) {
            throw new KubernetesClientException("timeout: no answer");
        }
        return answer;
    }

    private static String version(HasMetadata object) {
        return object.getMetadata().getResourceVersion();
    }

    private static KubernetesClientException failure(int code, String message) {
        return new KubernetesClientException(
                new StatusBuilder().withCode(code).withMessage(message).build());
    }
}
