package io.paft.operator.config;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.micrometer.core.instrument.MeterRegistry;
import io.paft.operator.config.OperatorSettings.ProgressSettings;
import io.paft.operator.jobs.ProgressAccess;
import io.paft.operator.metrics.ProgressMetrics;
import io.paft.operator.progress.Known;
import io.paft.operator.progress.ProgressBook;
import io.paft.operator.progress.ProgressEndpoint;
import io.paft.operator.progress.ProgressServer;
import io.paft.operator.progress.tls.CertificateAuthority;
import io.paft.operator.progress.tls.StoredAuthority;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Starts the endpoint for progress, and tells the Jobs where it is. Without a namespace, outside a cluster, there is none. */
@Singleton
class ProgressSetup {

    private final ProgressSettings settings;
    private final KubernetesClient client;
    private final Clock clock;
    private final LeaderSetup leader;
    private @Nullable CertificateAuthority authority;

    ProgressSetup(OperatorSettings settings, KubernetesClient client, Clock clock, LeaderSetup leader) {
        this.settings = settings.progress();
        this.client = client;
        this.clock = clock;
        this.leader = leader;
    }

    /** What pods need to find the endpoint and to trust it. */
    Optional<ProgressAccess> access() {
        return settings.namespace()
                .map(namespace -> new ProgressAccess(
                        host(namespace), settings.port(), authority(namespace).certificatePem()));
    }

    void start(@Observes StartupEvent event, Vertx vertx, Known known, ProgressBook book, MeterRegistry registry) {
        settings.namespace().ifPresent(namespace -> {
            var endpoint = ProgressEndpoint.of(client, known, book, new ProgressMetrics(registry), clock);
            String host = host(namespace);
            List<String> names = List.of(host, host + ".cluster.local", "localhost");
            CertificateAuthority authority = authority(namespace);
            // The caches are filled meanwhile. A failure is logged there, and is no reason to stop what pipelines need.
            var _ = vertx.executeBlocking(() -> authority.issue(names, clock.instant()), false)
                    .compose(certificate -> new ProgressServer(vertx, endpoint).start(settings.port(), certificate))
                    .onSuccess(server -> vertx.setPeriodic(0, ProgressBook.BEAT.toMillis(), timer -> {
                        // A replica that waits hears nobody, nor does one that the Service has not found yet: after a
                        // takeover the silence begins anew.
                        if (known.ready() && leader.found()) {
                            book.listening(clock.instant());
                        }
                    }));
        });
    }

    private String host(String namespace) {
        return settings.service() + "." + namespace + ".svc";
    }

    private synchronized CertificateAuthority authority(String namespace) {
        if (authority == null) {
            authority = new StoredAuthority(client, namespace, settings.secret()).get(clock.instant());
        }
        return authority;
    }
}
