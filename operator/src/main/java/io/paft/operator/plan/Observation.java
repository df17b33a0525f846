package io.paft.operator.plan;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the cluster holds of one pipeline.
 *
 * @param refusals why the API server refused to create a Job, by the Job's name
 * @param siblings the other pipelines that share its workspace
 */
public record Observation(List<ObservedJob> jobs, Map<String, String> refusals, Siblings siblings) {

    /** A pipeline that is alone. */
    public Observation(List<ObservedJob> jobs, Map<String, String> refusals) {
        this(jobs, refusals, Siblings.NONE);
    }

    /** The same, among others. */
    public Observation among(Siblings others) {
        return new Observation(jobs, refusals, others);
    }

    Optional<ObservedJob> job(String name) {
        return jobs.stream().filter(job -> job.name().equals(name)).findFirst();
    }

    /** What a Job's conditions say. */
    public enum JobState {
        ACTIVE,
        COMPLETE,
        FAILED
    }

    /**
     * A Job and its pods.
     *
     * @param failureReason the reason of the Failed condition, for example {@code DeadlineExceeded}
     * @param attempts pods that have been started so far
     * @param deleting whether somebody has asked for its deletion
     * @param completionTime when it completed or failed
     * @param pods oldest first
     */
    public record ObservedJob(
            String name,
            String uid,
            JobState state,
            @Nullable String failureReason,
            @Nullable String failureMessage,
            int attempts,
            boolean deleting,
            @Nullable String startTime,
            @Nullable String completionTime,
            List<ObservedPod> pods) {}

    /** How far a pod has come. */
    public sealed interface ObservedPod {

        /** Not running yet; {@code reason} and {@code message} are the scheduler's or the kubelet's own words, when they matter. */
        record Waiting(@Nullable String reason, @Nullable String message) implements ObservedPod {}

        /**
         * Running.
         *
         * @param progress what this very pod said last, if anything
         */
        record Running(@Nullable String startTime, @Nullable Progress progress) implements ObservedPod {}

        /**
         * Ended.
         *
         * @param exitCode of the stage container, or null when it never started
         * @param reason the kubelet's reason, for example {@code OOMKilled}; or the pod's, for example {@code Evicted}
         * @param message the termination message, or the pod's message
         * @param gpus GPUs that it held
         */
        record Ended(
                @Nullable Integer exitCode,
                @Nullable String reason,
                @Nullable String message,
                @Nullable String startTime,
                @Nullable String endTime,
                int gpus)
                implements ObservedPod {}
    }
}
