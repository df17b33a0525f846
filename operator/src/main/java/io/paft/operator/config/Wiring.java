package io.paft.operator.config;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.monitoring.micrometer.MicrometerMetricsV2;
import io.micrometer.core.instrument.MeterRegistry;
import io.paft.operator.jobs.Images;
import io.paft.operator.jobs.JobFactory;
import io.paft.operator.metrics.StageMetrics;
import io.paft.operator.plan.Planner;
import io.paft.operator.progress.ProgressBook;
import io.paft.operator.reconcile.Caches;
import io.paft.operator.reconcile.Narrator;
import io.paft.operator.reconcile.PipelineClient;
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
    Caches caches() {
        return new Caches();
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
