package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How the two deltas are fused. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Merge(
        List<MergeCandidate> candidates,
        @Nullable OutputDtype outputDtype,
        @Nullable Integer retries,
        @Nullable String deadline,
        @Nullable String rerun,
        @Nullable PodSettings pod) {}
