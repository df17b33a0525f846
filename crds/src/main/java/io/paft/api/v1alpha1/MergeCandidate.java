package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** One merge recipe. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record MergeCandidate(
        String name,
        MergeMethod method,
        @Nullable Double lambda,
        @Nullable Boolean normalize,
        MergeInput sft,
        MergeInput preference) {}
