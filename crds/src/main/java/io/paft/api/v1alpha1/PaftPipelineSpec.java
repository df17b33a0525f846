package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** What to train, merge and evaluate. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PaftPipelineSpec(
        BaseModel baseModel,
        Workspace workspace,
        @Nullable PodSettings pod,
        Sft sft,
        Preference preference,
        Merge merge,
        @Nullable Evaluation evaluation) {}
