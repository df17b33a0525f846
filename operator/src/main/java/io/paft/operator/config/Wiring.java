package io.paft.operator.config;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.monitoring.micrometer.MicrometerMetricsV2;
import io.micrometer.core.instrument.MeterRegistry;
import io.paft.operator.jobs.Images;
import io.paft.operator.jobs.JobFactory;
import io.paft.operator.leader.Leadership;
import io.paft.operator.metrics.PipelineMetrics;
import io.paft.operator.metrics.StageMetrics;
import io.paft.operator.plan.Planner;
import io.paft.operator.progress.ProgressBook;
import io.paft.operator.reconcile.Caches;
import io.paft.operator.reconcile.Narrator;
import io.paft.operator.reconcile.PaftPipelineReconciler;
import io.paft.operator.reconcile.PipelineClient;
import io.quarkiverse.operatorsdk.runtime.QuarkusConfigurationService;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;

/** Puts the parts together; they know nothing of the container themselves. */
class Wiring {

    @Produces
    @Singleton
    Planner planner(OperatorSettings settings, ProgressSetup progress) {
        var images = settings.images();
        return new Planner(
                new JobFactory(new Images(images.trainer(), images.merge(), images.pullPolicy()), progress.access()));
    }

    /**
     * QOSDK's own would stop twice at once, by a shutdown hook of JOSDK and by Quarkus' event: the second one fails, and what
     * reconciles have still to write is lost. This one stops with Quarkus, and waits for them.
     */
    @Produces
    @Singleton
    Operator operator(QuarkusConfigurationService configuration, PaftPipelineReconciler reconciler) {
        var operator = new Operator(new Uncloned(configuration));
        operator.register(reconciler);
        return operator;
    }

    /** In place of the one that Quarkus would make. */
    @Produces
    @ApplicationScoped
    KubernetesClient kubernetesClient(KubernetesSerialization serialization, Config config, Vertx vertx) {
        return new KubernetesClientBuilder()
                .withKubernetesSerialization(serialization)
                .withHttpClientFactory(new CompressedLists(vertx))
                .withConfig(config)
                .build();
    }

    void close(@Disposes KubernetesClient client) {
        client.close();
    }

    @Produces
    @Singleton
    PipelineClient pipelineClient(KubernetesClient client) {
        return new PipelineClient(client);
    }

    @Produces
    @Singleton
    Narrator narrator(KubernetesClient client, MeterRegistry registry, Clock clock) {
        return new Narrator(client, new StageMetrics(registry), clock);
    }

    @Produces
    @Singleton
    Caches caches(Leadership leadership) {
        return new Caches(leadership);
    }

    @Produces
    @Singleton
    PipelineMetrics pipelineMetrics(Caches caches, Leadership leadership, Clock clock) {
        return new PipelineMetrics(caches::pipelines, leadership, clock);
    }

    @Produces
    @Singleton
    ProgressBook progressBook() {
        return new ProgressBook();
    }

    @Produces
    @Singleton
    Clock clock() {
        return Clock.systemUTC();
    }

    /** QOSDK 7.7 exports nothing of JOSDK's meters unless it is given this. */
    @Produces
    @Singleton
    Metrics metrics(MeterRegistry registry) {
        return MicrometerMetricsV2.newBuilder(registry).withNamespaceAsTag().build();
    }
}
