package io.paft.operator.apiserver;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.operator.Yaml;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Many pipelines: finished ones with all their Jobs and pods, as they stay in a cluster, and new ones. */
final class Population {

    static final String DONE =
            "{\"outcome\":\"Succeeded\",\"reason\":\"Completed\",\"message\":\"done\",\"metrics\":{\"steps\":1},\"digest\":\"sha256:0\",\"bytes\":1}";
    private static final String REPORT =
            "{\"outcome\":\"Succeeded\",\"reason\":\"Completed\",\"message\":\"best: ties\",\"digest\":\"sha256:1\",\"bytes\":1,"
                    + "\"result\":{\"best\":\"ties\",\"score\":0.9,\"scores\":[{\"subject\":\"ties\",\"score\":0.9,\"metrics\":{\"skill\":0.9}}]}}";

    private static final String NAME = "tiny";

    private final World world;
    private final KubernetesClient client;
    private final String namespace;
    private PaftPipeline done;
    private List<Job> jobs = List.of();
    private List<Pod> pods = List.of();
    private List<PaftPipeline> finished = List.of();

    Population(World world) {
        this.world = world;
        this.client = world.client();
        this.namespace = world.namespace();
    }

    /** Where they are. */
    String namespace() {
        return namespace;
    }

    /** One runs through the real operator; the others are copies of it, so that the operator has nothing to add to them. */
    void fill(int finished, int fresh) {
        PaftPipeline model = world.apply(namespace);
        try (var _ = new OperatorProcess(Access.ofAdmin(world), Map.of()).ready()) {
            await().atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofMillis(100))
                    .until(() -> finish(model));
        }
        done = world.get(model);
        jobs = world.jobs(namespace);
        pods = client.pods().inNamespace(namespace).list().getItems();
        this.finished = IntStream.range(1, finished)
                .parallel()
                .mapToObj(number -> copy(done, "done" + number))
                .toList();
        IntStream.range(0, fresh).parallel().forEach(number -> {
            PaftPipeline pipeline = Yaml.pipeline("contract/pipeline.yaml");
            pipeline.setMetadata(meta("fresh" + number, namespace));
            client.resource(workspace(pipeline)).create();
        });
    }

    /** The Jobs and pods of those that have finished, which nobody has deleted. */
    void keepJobs() {
        finished.parallelStream().forEach(this::keepJobs);
    }

    private boolean finish(PaftPipeline pipeline) {
        world.jobs(pipeline.getMetadata().getNamespace()).stream()
                .filter(job -> job.getStatus() == null || job.getStatus().getCompletionTime() == null)
                .forEach(job ->
                        world.workload.complete(job, job.getMetadata().getName().contains("-report-") ? REPORT : DONE));
        var status = world.get(pipeline).getStatus();
        return status != null && "Succeeded".equals(status.phase());
    }

    private PaftPipeline copy(PaftPipeline model, String name) {
        PaftPipeline pipeline = workspace(renamed(model, NAME, name, PaftPipeline.class));
        PaftPipeline created = client.resource(pipeline).create();
        pipeline.getMetadata().setResourceVersion(null);
        client.resource(pipeline).updateStatus();
        return created;
    }

    /** Of its own: pipelines of one workspace would have no work to do, but for each other's results. */
    private static PaftPipeline workspace(PaftPipeline pipeline) {
        JsonNode tree = Yaml.convert(pipeline, JsonNode.class);
        ((ObjectNode) tree.at("/spec/workspace/volumeClaim"))
                .put("name", pipeline.getMetadata().getName());
        return Yaml.convert(tree, PaftPipeline.class);
    }

    private void keepJobs(PaftPipeline created) {
        String name = created.getMetadata().getName();
        for (Job job : jobs) {
            Job copy = renamed(job, NAME, name, Job.class);
            String uid = job.getMetadata().getUid();
            own(copy, created);
            copy.getSpec().setSelector(null);
            List.of(copy.getMetadata(), copy.getSpec().getTemplate().getMetadata())
                    .forEach(meta -> meta.getLabels().keySet().removeIf(label -> label.contains("controller-uid")));
            Job owner = client.resource(copy).create();
            client.resource(copy).updateStatus();
            pods.stream()
                    .filter(pod -> owner(pod).getUid().equals(uid))
                    .map(pod -> renamed(pod, NAME, name, Pod.class))
                    .forEach(pod -> {
                        own(pod, owner);
                        client.resource(pod).create();
                        client.resource(pod).updateStatus();
                    });
        }
    }

    private static void own(HasMetadata object, HasMetadata owner) {
        owner(object).setUid(owner.getMetadata().getUid());
        owner(object).setName(owner.getMetadata().getName());
    }

    private static OwnerReference owner(HasMetadata object) {
        return object.getMetadata().getOwnerReferences().getFirst();
    }

    /** The same object of another pipeline: its name is in names, labels and in the stage's document. */
    private static <R extends HasMetadata> R renamed(R object, String from, String to, Class<R> type) {
        String yaml = Yaml.write(object);
        R copy = Yaml.read(
                yaml.replace(from + "-", to + "-")
                        .replaceAll("(paft.io/pipeline|instance): \"?" + from + "\"?", "$1: " + to),
                type);
        ObjectMeta meta = copy.getMetadata();
        meta.setName(meta.getName().equals(from) ? to : meta.getName());
        meta.setUid(null);
        meta.setResourceVersion(null);
        meta.setCreationTimestamp(null);
        meta.setManagedFields(null);
        return copy;
    }

    private static ObjectMeta meta(String name, String namespace) {
        var meta = new ObjectMeta();
        meta.setName(name);
        meta.setNamespace(namespace);
        return meta;
    }
}
