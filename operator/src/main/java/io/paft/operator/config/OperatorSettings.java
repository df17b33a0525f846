package io.paft.operator.config;

import io.smallrye.config.ConfigMapping;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Settings of the operator: {@code paft.*} in application.properties, which has the defaults, {@code PAFT_*} in the environment.
 *
 * <p>The sentences here become docs/configuration.md.
 */
@ConfigMapping(prefix = "paft")
public interface OperatorSettings {

    /** Namespaces whose pipelines the operator looks after, separated by commas. All of them where it is not set. */
    Optional<List<String>> namespaces();

    ImageSettings images();

    ProgressSettings progress();

    LeaderElectionSettings leaderElection();

    LogSettings log();

    /** The images of stage pods. */
    interface ImageSettings {

        /** Image of every stage but merges. */
        String trainer();

        /** Image of merges. */
        String merge();

        /** When the kubelet pulls them: Always, IfNotPresent or Never. */
        String pullPolicy();
    }

    /** The endpoint to which stage pods say how far they are. */
    interface ProgressSettings {

        /** Namespace of the operator's Service. Where it is not set there is no endpoint, and pods get no token. */
        Optional<String> namespace();

        /** Name of the Service that leads to the endpoint. */
        String service();

        /** Port of the endpoint, and of the Service. */
        int port();

        /** Name of the Secret that keeps the certificate authority. */
        String secret();
    }

    /** Which of several replicas works. */
    interface LeaderElectionSettings {

        /** Namespace of the Lease. Where it is not set there is no election: this process always works. */
        Optional<String> namespace();

        /** Name of the Lease. */
        String lease();

        /** Name of the operator's own pod, which is labelled while it leads so that progress reaches it. */
        Optional<String> pod();

        /** How long after the leader's last sign of life another replica takes over. */
        Duration leaseDuration();

        /** How long a leader goes on that cannot renew the Lease. Then its process ends. */
        Duration renewDeadline();

        /** How often the leader renews the Lease, and the others look at it. */
        Duration retryPeriod();
    }

    /** What the operator writes to its log. */
    interface LogSettings {

        /** Whether each line is a JSON object, for a log collector, and not text for people. */
        boolean json();
    }
}
