package io.paft.operator.plan;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the cluster holds of one pipeline.
 *
 * @param refusals why the API server refused to create a Job, by the Job's name
 * @param silence how long pods have stood still
 * @param obstacles what keeps pods from starting, by the Job's name
 * @param siblings the other pipelines that share its workspace
 * @param busy a pod that has not ended, by the key of the result that it is there for; its Job may be gone
 * @param orphans pods whose Job is gone, by the key of the result that they were there for; oldest first
 */
public record Observation(
        List<ObservedJob> jobs,
        Map<String, String> refusals,
        Silence silence,
        Map<String, Obstacle> obstacles,
        Siblings siblings,
        Map<String, String> busy,
        Map<String, List<ObservedPod>> orphans) {

    /** What Jobs and pods alone say, of a pipeline that is alone. */
    public Observation(List<ObservedJob> jobs, Map<String, String> refusals) {
        this(jobs, refusals, Silence.UNHEARD, Map.of(), Siblings.NONE, Map.of(), Map.of());
    }

    /** The same, with what else is known. */
    public Observation with(Silence heard, Map<String, Obstacle> told) {
        return new Observation(jobs, refusals, heard, told, siblings, busy, orphans);
    }

    /** The same, with pods that are at work, and with those that have lost their Job. */
    public Observation withPods(Map<String, String> working, Map<String, List<ObservedPod>> left) {
        return new Observation(jobs, refusals, silence, obstacles, siblings, working, left);
    }

    /** The same, among others. */
    public Observation among(Siblings others) {
        return new Observation(jobs, refusals, silence, obstacles, others, busy, orphans);
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

    /** Whether a Job is suspended, and by whom. */
    public enum Hold {
        NONE,
        BY_US,
        BY_OTHERS
    }

    /**
     * Which pod it is.
     *
     * @param deleting whether somebody has asked for its deletion
     * @param created when it was created: a later one of the same Job later
     */
    public record PodRef(
            String name,
            String uid,
            boolean deleting,
            @Nullable String created) {}

    /**
     * That the cluster takes a pod away: its condition DisruptionTarget.
     *
     * @param reason for example {@code PreemptionByScheduler}
     * @param message in the words of whoever does it
     */
    public record Disruption(String reason, @Nullable String message) {}

    /**
     * A Job and its pods.
     *
     * @param failureReason why it was given up, for example {@code DeadlineExceeded}: told while its pods still end
     * @param attempts pods that have been started so far
     * @param deleting whether somebody has asked for its deletion
     * @param completionTime when it completed or failed
     * @param pods oldest first
     * @param queued whether a queue decides when it runs
     * @param failed pods that the Job has counted as failures; disrupted ones are not among them
     * @param backoffLimit failures after which there is another pod
     * @param gpus that each of its pods holds
     * @param retry the request of a person that it was made for (annotation paft.io/retry)
     * @param deadline seconds that it may run, as it was made; the spec may say something else by now
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
            List<ObservedPod> pods,
            Hold hold,
            boolean queued,
            int failed,
            @Nullable Integer backoffLimit,
            int gpus,
            @Nullable String retry,
            @Nullable Long deadline) {

        /** Whether it could still make the stage's result. */
        boolean goesOn() {
            return state == JobState.ACTIVE && !deleting;
        }

        /** Whether its last pod ended well, and the Job controller has not counted it yet. */
        boolean endedWell() {
            return !pods.isEmpty()
                    && pods.getLast() instanceof ObservedPod.Ended ended
                    && Integer.valueOf(0).equals(ended.exitCode());
        }

        /** Whether a container of it may still run, or has ended well and is not counted yet. */
        boolean live() {
            return pods.stream()
                    .anyMatch(pod -> !(pod instanceof ObservedPod.Ended ended)
                            || Integer.valueOf(0).equals(ended.exitCode()));
        }
    }

    /** How far a pod has come. */
    public sealed interface ObservedPod {

        PodRef pod();

        /** Not running yet; {@code reason} and {@code message} are the scheduler's or the kubelet's own words, when they matter. */
        record Waiting(@Nullable String reason, @Nullable String message, PodRef pod) implements ObservedPod {}

        /**
         * Running.
         *
         * @param progress what this very pod said last, if anything
         * @param gpus GPUs that it holds
         * @param disruption why it is being stopped, if the cluster does that
         */
        record Running(
                @Nullable String startTime,
                @Nullable Progress progress,
                int gpus,
                PodRef pod,
                @Nullable Disruption disruption)
                implements ObservedPod {}

        /**
         * Ended.
         *
         * @param exitCode of the stage container, or null when it never started
         * @param reason the kubelet's reason, for example {@code OOMKilled}; or the pod's, for example {@code Evicted}
         * @param message the termination message, or the pod's message
         * @param startTime when the container started, or null when nobody knows any more; if it never did, when the pod did
         * @param gpus GPUs that it held while its container ran
         * @param disruption why the cluster took it away, if it did: then it does not count as a failure
         */
        record Ended(
                @Nullable Integer exitCode,
                @Nullable String reason,
                @Nullable String message,
                @Nullable String startTime,
                @Nullable String endTime,
                int gpus,
                PodRef pod,
                @Nullable Disruption disruption)
                implements ObservedPod {

            public boolean succeeded() {
                return Integer.valueOf(0).equals(exitCode);
            }
        }
    }
}
