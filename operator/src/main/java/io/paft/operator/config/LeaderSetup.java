package io.paft.operator.config;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import io.paft.operator.config.OperatorSettings.LeaderElectionSettings;
import io.paft.operator.leader.LeaderLabel;
import io.paft.operator.leader.Leadership;
import io.paft.operator.leader.LeaseHandover;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Has JOSDK elect a leader where there is a namespace for the Lease; outside a cluster there is none, and no election. */
@Singleton
class LeaderSetup {

    /** Before the operator starts, and before it stops. */
    private static final int FIRST = 100;

    private final LeaderElectionSettings settings;
    private final KubernetesClient client;
    private final Optional<LeaderLabel> label;
    private final Leadership leadership;

    LeaderSetup(OperatorSettings settings, KubernetesClient client) {
        this.settings = settings.leaderElection();
        this.client = client;
        this.label = this.settings
                .namespace()
                .flatMap(namespace -> this.settings.pod().map(pod -> new LeaderLabel(client, namespace, pod)));
        this.leadership = this.settings.namespace().isPresent()
                ? Leadership.elected(() -> Runtime.getRuntime().halt(1))
                : Leadership.always();
    }

    @Produces
    @Singleton
    Leadership leadership() {
        return leadership;
    }

    @Produces
    @Dependent
    @Nullable
    LeaderElectionConfiguration election() {
        if (settings.namespace().isEmpty()) {
            return null;
        }
        // The pod's name: a container that starts again takes its own lease up without waiting.
        String identity = settings.pod().orElseGet(() -> UUID.randomUUID().toString());
        var handover = new LeaseHandover(client, settings.namespace().get(), settings.lease(), identity);
        // The builder leaves it to the callbacks to end the process.
        return LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(settings.lease())
                .withLeaseNamespace(settings.namespace().get())
                .withIdentity(identity)
                .withLeaseDuration(settings.leaseDuration())
                .withRenewDeadline(settings.renewDeadline())
                .withRetryPeriod(settings.retryPeriod())
                .withLeaderCallbacks(leadership.callbacks(
                        identity, () -> label.ifPresent(mine -> mine.set(leadership)), handover::give))
                .build();
    }

    /** Whether pods can reach this process by the Service, as far as that depends on it. */
    boolean found() {
        return label.map(LeaderLabel::isSet).orElse(true);
    }

    void started(@Observes @Priority(FIRST) StartupEvent event) {
        label.ifPresent(LeaderLabel::clear);
    }

    void stopping(@Observes @Priority(FIRST) ShutdownEvent event) {
        leadership.stop();
    }
}
