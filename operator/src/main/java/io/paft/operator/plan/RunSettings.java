package io.paft.operator.plan;

import io.paft.api.v1alpha1.PodSettings;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a stage's Job runs: everything that may change without making its result another one.
 *
 * @param pod the pipeline's defaults with the stage's own settings laid over them
 * @param retries pods that may be started after the first one failed
 * @param deadline longest time the Job may run, over all attempts
 * @param hub whether the stage may reach the hub, and with which token
 * @param checkpointInterval time between two checkpoints of a training, or null for the worker's own
 * @param stallTimeout longest time that a pod which reports may stand still
 */
public record RunSettings(
        PodSettings pod,
        int retries,
        @Nullable Duration deadline,
        HubAccess hub,
        @Nullable Duration checkpointInterval,
        @Nullable Duration stallTimeout) {

    /** The same with another access to the hub. */
    RunSettings with(HubAccess other) {
        return new RunSettings(pod, retries, deadline, other, checkpointInterval, stallTimeout);
    }

    /** The same with a time between checkpoints. */
    RunSettings saving(@Nullable Duration interval) {
        return new RunSettings(pod, retries, deadline, hub, interval, stallTimeout);
    }

    /** The same with another deadline. */
    RunSettings until(@Nullable Duration other) {
        return new RunSettings(pod, retries, other, hub, checkpointInterval, stallTimeout);
    }

    /** Retries of a stage that does not say. */
    public static final int DEFAULT_RETRIES = 2;

    /** Access to the model hub. */
    public sealed interface HubAccess {

        /** The stage reads the workspace only. */
        record Offline() implements HubAccess {}

        /**
         * The stage downloads.
         *
         * @param tokenSecret name of the Secret whose key {@code token} is the hub's token, or null for anonymous access
         */
        record Online(@Nullable String tokenSecret) implements HubAccess {}
    }
}
