package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One stage of the pipeline. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StageStatus(
        @JsonPropertyDescription(
                "Name in the graph: sft, preference, sequential, merge-<candidate>, evaluate-<subject>, report, ...")
        @Required
        String name,

        @JsonPropertyDescription(
                "Pending: waits for other stages or for a pod. Running. Succeeded. Failed: not tried again. Blocked: a stage that it needs"
                        + " failed.")
        @Required
        StageState state,

        @JsonPropertyDescription("Why, as one CamelCase word, such as DatasetMalformed or OutOfMemory.") @Nullable
        String reason,

        @JsonPropertyDescription("Why, as a sentence for people, and what to do.") @Nullable
        String message,

        @JsonPropertyDescription(
                "Identity of the result: sha256 over everything that can change it (64 hex digits). The output lies in <kind>/<key>/"
                        + " of the workspace.")
        @Required
        String key,

        @JsonPropertyDescription("Whether the result was there already, so that nothing ran.") @Nullable
        Boolean reused,

        @JsonPropertyDescription("How many pods were started for it, by all its Jobs.") @Nullable
        Integer attempts,

        @JsonPropertyDescription("Name of its Job.") @Nullable
        String job,

        @JsonPropertyDescription("When its container started; while its pod waits, when its Job did (RFC 3339, UTC).")
        @Nullable
        String startTime,

        @JsonPropertyDescription("When it ended (RFC 3339, UTC).") @Nullable
        String completionTime,

        @JsonPropertyDescription("Numbers by name that the stage reported, such as train_loss. At most 16.") @Nullable
        Map<String, Double> metrics,

        @JsonPropertyDescription("What it left in the workspace.") @Nullable
        Output output,

        @JsonPropertyDescription("GPUs times seconds that its pods held, all attempts together.") @Nullable
        Long gpuSeconds,

        @JsonPropertyDescription("How far it is, while it runs and if its pod says so.") @Nullable
        StageProgress progress,

        @JsonPropertyDescription(
                "The pipeline of this namespace and workspace whose finished stage this one's result is; this very pipeline, where another stage of it"
                        + " has the same key. Nothing ran for it here.")
        @Nullable
        String reusedFrom,

        @JsonPropertyDescription(
                "The pipeline of this namespace and workspace that makes the same result; this stage waits for it and runs only if that one does"
                        + " not get there.")
        @Nullable
        String waitsFor,

        @JsonPropertyDescription(
                "Its attempts that ended badly, oldest first; the 5 newest. They stay when their pods and Jobs are gone, for as long as the"
                        + " key stays.")
        @Nullable
        List<LostAttempt> lost,

        @JsonPropertyDescription(
                "GPUs times seconds of all attempts that ended badly, also of those that are no longer listed. Part of gpuSeconds.")
        @Nullable
        Long gpuSecondsLost,

        @JsonPropertyDescription(
                "The value of the annotation paft.io/retry for which the failed stage was last tried again.")
        @Nullable
        String retry) {

    /** A stage that has nothing to do with other pipelines, and was tried once at most, and not in vain. */
    public StageStatus(
            String name,
            StageState state,
            @Nullable String reason,
            @Nullable String message,
            String key,
            @Nullable Boolean reused,
            @Nullable Integer attempts,
            @Nullable String job,
            @Nullable String startTime,
            @Nullable String completionTime,
            @Nullable Map<String, Double> metrics,
            @Nullable Output output,
            @Nullable Long gpuSeconds,
            @Nullable StageProgress progress) {
        this(
                name,
                state,
                reason,
                message,
                key,
                reused,
                attempts,
                job,
                startTime,
                completionTime,
                metrics,
                output,
                gpuSeconds,
                progress,
                null,
                null,
                null,
                null,
                null);
    }

    /** The same stage, so far. */
    public StageStatus withProgress(@Nullable StageProgress now) {
        return told(message, metrics, now);
    }

    /** The same stage in another state, for another reason; without progress. */
    public StageStatus in(StageState now, @Nullable String why, @Nullable String words) {
        return told(now, why, words, metrics, null);
    }

    /** The same stage, told in other words and numbers. */
    public StageStatus told(
            @Nullable String words, @Nullable Map<String, Double> numbers, @Nullable StageProgress now) {
        return told(state, reason, words, numbers, now);
    }

    private StageStatus told(
            StageState nowIn,
            @Nullable String why,
            @Nullable String words,
            @Nullable Map<String, Double> numbers,
            @Nullable StageProgress soFar) {
        return new StageStatus(
                name,
                nowIn,
                why,
                words,
                key,
                reused,
                attempts,
                job,
                startTime,
                completionTime,
                numbers,
                output,
                gpuSeconds,
                soFar,
                reusedFrom,
                waitsFor,
                lost,
                gpuSecondsLost,
                retry);
    }

    /** The same stage, with the pipeline whose result it has, or for whose result it waits. */
    public StageStatus withSibling(@Nullable String from, @Nullable String awaited) {
        return new StageStatus(
                name,
                state,
                reason,
                message,
                key,
                reused,
                attempts,
                job,
                startTime,
                completionTime,
                metrics,
                output,
                gpuSeconds,
                progress,
                from,
                awaited,
                lost,
                gpuSecondsLost,
                retry);
    }

    /** The same stage, with what is known of all its attempts. */
    public StageStatus withAttempts(
            @Nullable Integer all,
            @Nullable Long gpuSecondsOfAll,
            @Nullable List<LostAttempt> nowLost,
            @Nullable Long nowGpuSecondsLost,
            @Nullable String nowRetry) {
        return new StageStatus(
                name,
                state,
                reason,
                message,
                key,
                reused,
                all,
                job,
                startTime,
                completionTime,
                metrics,
                output,
                gpuSecondsOfAll,
                progress,
                reusedFrom,
                waitsFor,
                nowLost,
                nowGpuSecondsLost,
                nowRetry);
    }
}
