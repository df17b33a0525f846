package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** An attempt of a stage that ended badly, or that was taken away. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record LostAttempt(
        @JsonPropertyDescription("Which of the stage's pods it was, counted from 1.") @Required
        Integer number,

        @JsonPropertyDescription(
                "Why it ended, as one CamelCase word: the pod's own, such as OutOfMemory; for a disruption that of Kubernetes, such as"
                        + " PreemptionByScheduler or EvictionByEvictionAPI; PodDeleted or JobDeleted when somebody took it away; NoProgress or Suspended when the operator stopped it;"
                        + " DeadlineExceeded or PipelineDeadlineExceeded when its time was over.")
        @Required
        String reason,

        @JsonPropertyDescription("Why it ended, as a sentence. At most 160 characters.") @Nullable
        String message,

        @JsonPropertyDescription("Exit code of its container. Absent when the pod was gone before it was read.")
        @Nullable
        Integer exitCode,

        @JsonPropertyDescription("When its container started; if it never did, when its pod did (RFC 3339, UTC).")
        @Nullable
        String startTime,

        @JsonPropertyDescription(
                "When it ended. When its pod was gone before it was read: when the next pod was made, or when the operator noticed. Absent"
                        + " while its pod is being stopped (RFC 3339, UTC).")
        @Nullable
        String endTime,

        @JsonPropertyDescription(
                "GPUs times seconds that it held; while its pod is being stopped, until that was noticed. Absent without GPUs, or when that"
                        + " is not known.")
        @Nullable
        Long gpuSeconds,

        @JsonPropertyDescription(
                "Whether it counts against retries. False for a disruption (preemption, drain, eviction, a lost node), when the Job was"
                        + " suspended, and when the whole Job was deleted.")
        @Required
        Boolean counted,

        @JsonPropertyDescription(
                "Name of its pod, by which it is told once only. Absent when the pod was gone before it was read.")
        @Nullable
        String pod) {

    /** The same, in fewer words. */
    public LostAttempt withoutMessage() {
        return new LostAttempt(number, reason, null, exitCode, startTime, endTime, gpuSeconds, counted, pod);
    }
}
