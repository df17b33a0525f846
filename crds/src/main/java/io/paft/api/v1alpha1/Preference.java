package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The preference branch. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Preference(
        PreferenceAlgorithm algorithm,
        @Nullable Double beta,
        Dataset dataset,
        @Nullable Tuning tuning,
        @Nullable Hyperparameters hyperparameters,
        @Nullable Map<String, JsonNode> extraArgs,
        @Nullable Integer retries,
        @Nullable String deadline,
        @Nullable String rerun,
        @Nullable PodSettings pod) {}
