package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The supervised branch. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Sft(
        Dataset dataset,
        @Nullable Tuning tuning,
        @Nullable Sparsity sparsity,
        @Nullable Hyperparameters hyperparameters,
        @Nullable Map<String, JsonNode> extraArgs,
        @Nullable Integer retries,
        @Nullable String deadline,
        @Nullable String rerun,
        @Nullable PodSettings pod) {}
