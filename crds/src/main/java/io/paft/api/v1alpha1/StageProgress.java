package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How far a running stage is, in its pod's own words. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StageProgress(
        @JsonPropertyDescription(
                "Share of the work that is done, 0 to 99: that all of it is done is what the state Succeeded says.")
        @Nullable
        Integer percent,

        @JsonPropertyDescription(
                "Steps done: optimizer steps of a training, tensors of a merge, measures of an evaluation.")
        @Nullable
        Long step,

        @JsonPropertyDescription("Steps that there are.") @Nullable
        Long totalSteps,

        @JsonPropertyDescription("Seconds that are left, as the pod estimates them; rounded up.") @Nullable
        Long etaSeconds,

        @JsonPropertyDescription("Numbers of the last step by name, such as loss or reward_margin. At most 8.")
        @Nullable
        Map<String, Double> metrics,

        @JsonPropertyDescription(
                "When the operator heard of this; older than a minute or two in a running stage: see Progress in docs/operations.md (RFC 3339,"
                        + " UTC).")
        @Required
        String updateTime) {}
