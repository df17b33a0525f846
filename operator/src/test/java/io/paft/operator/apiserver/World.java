package io.paft.operator.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubeapitest.KubeAPIServer;
import io.fabric8.kubeapitest.KubeAPIServerConfigBuilder;
import io.fabric8.kubeapitest.KubeAPITestException;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.javaoperatorsdk.operator.Operator;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.Yaml;
import io.paft.operator.config.Uncloned;
import io.paft.operator.jobs.Images;
import io.paft.operator.jobs.JobFactory;
import io.paft.operator.metrics.StageMetrics;
import io.paft.operator.plan.Planner;
import io.paft.operator.progress.ProgressBook;
import io.paft.operator.reconcile.Caches;
import io.paft.operator.reconcile.Narrator;
import io.paft.operator.reconcile.PaftPipelineReconciler;
import io.paft.operator.reconcile.PipelineClient;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A real API server with an operator, and what a person does there. */
final class World implements AutoCloseable {

    private static final AtomicInteger NAMESPACES = new AtomicInteger();

    private final KubeAPIServer server;
    private final KubernetesClient client;

    /** What becomes of Jobs and pods. */
    final Workload workload;

    World() {
        if (System.getenv("KUBE_API_TEST_DIR") == null) {
            throw new IllegalStateException(
                    "KUBE_API_TEST_DIR is not set. Run these tests with `make test`, or set it to the folder that"
                            + " `dev/cluster/cluster binaries` fills.");
        }
        server = started();
        client = new KubernetesClientBuilder().withConfig(config()).build();
        workload = new Workload(client);
        client.load(read(Path.of("../crds/paftpipelines.paft.io.yaml"))).serverSideApply();
        client.apiextensions()
                .v1()
                .customResourceDefinitions()
                .withName("paftpipelines.paft.io")
                .waitUntilCondition(World::established, 30, TimeUnit.SECONDS);
    }

    /** A CRD that was created a moment ago has {@code conditions: null}. */
    private static boolean established(@Nullable CustomResourceDefinition crd) {
        return crd != null
                && crd.getStatus() != null
                && crd.getStatus().getConditions() != null
                && crd.getStatus().getConditions().stream()
                        .anyMatch(condition -> condition.getType().equals("Established")
                                && condition.getStatus().equals("True"));
    }

    /** Again, where a port was taken in between or the starting server reset a connection: the library gives up then. */
    private static KubeAPIServer started() {
        KubeAPITestException last = null;
        for (int attempt = 0; attempt < 3; attempt++) {
            var server = new KubeAPIServer(KubeAPIServerConfigBuilder.anAPIServerConfig()
                    .withOfflineMode(true)
                    .withUpdateKubeConfig(false)
                    .build());
            try {
                server.start();
                return server;
            } catch (KubeAPITestException e) {
                server.stop();
                last = e;
            }
        }
        throw new IllegalStateException("kube-apiserver did not start in three attempts", last);
    }

    KubernetesClient client() {
        return client;
    }

    String namespace() {
        String name = "test-" + NAMESPACES.incrementAndGet();
        client.resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .build())
                .create();
        return name;
    }

    /** Starts an operator whose requests pass {@code interceptor}. */
    Operator operator(Interceptor interceptor) {
        return operator(interceptor, new Caches(), new ProgressBook());
    }

    /** Starts one whose progress a test has its hands on. */
    Operator operator(Interceptor interceptor, Caches caches, ProgressBook progress) {
        KubernetesClient own = new KubernetesClientBuilder()
                .withConfig(config())
                .withHttpClientBuilderConsumer(builder -> builder.addOrReplaceInterceptor("test", interceptor))
                .build();
        Clock clock = Clock.systemUTC();
        var planner = new Planner(new JobFactory(new Images("trainer", "merge", "IfNotPresent")));
        var narrator = new Narrator(own, new StageMetrics(new SimpleMeterRegistry()), clock);
        var operator = new Operator(overrider -> overrider
                .withKubernetesClient(own)
                .withResourceCloner(Uncloned.CLONER)
                .withReconciliationTerminationTimeout(Duration.ofSeconds(5)));
        operator.register(
                new PaftPipelineReconciler(planner, new PipelineClient(own), narrator, clock, caches, progress));
        operator.start();
        return operator;
    }

    PaftPipeline apply(String namespace) {
        return apply(Yaml.pipeline("contract/pipeline.yaml"), namespace);
    }

    PaftPipeline apply(PaftPipeline pipeline, String namespace) {
        pipeline.getMetadata().setNamespace(namespace);
        pipeline.getMetadata().setUid(null);
        pipeline.getMetadata().setGeneration(null);
        return client.resource(pipeline).create();
    }

    /** Edits a pipeline that the operator may be writing the status of. */
    void edit(PaftPipeline pipeline, UnaryOperator<PaftPipeline> change) {
        await().ignoreException(KubernetesClientException.class)
                .atMost(Duration.ofSeconds(15))
                .until(() -> client.resource(get(pipeline)).edit(change) != null);
    }

    PaftPipeline get(PaftPipeline pipeline) {
        return client.resource(pipeline).get();
    }

    /** What is told of a stage now. */
    StageStatus stage(PaftPipeline pipeline, String name) {
        PaftPipelineStatus status = get(pipeline).getStatus();
        List<StageStatus> stages = status == null ? null : status.stages();
        // Before the first visit of the operator there are none: not yet, as far as a waiting test is concerned.
        assertThat(stages).isNotNull();
        return stages.stream()
                .filter(stage -> stage.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    List<Event> events(String namespace) {
        return client.v1().events().inNamespace(namespace).list().getItems();
    }

    List<Job> jobs(String namespace) {
        return client.batch().v1().jobs().inNamespace(namespace).list().getItems();
    }

    Optional<Job> job(String namespace, String stage) {
        return jobs(namespace).stream()
                .filter(job -> stage.equals(job.getMetadata().getLabels().get("paft.io/stage")))
                .findFirst();
    }

    /** Runs kubectl of the server's version; returns its exit code. */
    int kubectl(String... arguments) throws IOException, InterruptedException {
        Path kubeconfig = Files.createTempFile("kubeconfig", ".yaml");
        try (var folders = Files.list(Path.of(System.getenv("KUBE_API_TEST_DIR"), "k8s"))) {
            Files.writeString(kubeconfig, server.getKubeConfigYaml());
            Path program = folders.map(folder -> folder.resolve("kubectl"))
                    .filter(Files::isExecutable)
                    .findFirst()
                    .orElseThrow();
            var command = new ArrayList<>(List.of(program.toString(), "--kubeconfig", kubeconfig.toString()));
            command.addAll(List.of(arguments));
            return new ProcessBuilder(command).inheritIO().start().waitFor();
        } finally {
            Files.delete(kubeconfig);
        }
    }

    /** Of somebody who may do everything. */
    String kubeconfig() {
        return server.getKubeConfigYaml();
    }

    private Config config() {
        return Config.fromKubeconfig(server.getKubeConfigYaml());
    }

    private static InputStream read(Path file) {
        return new ByteArrayInputStream(Yaml.text(file).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        client.close();
        server.stop();
    }
}
