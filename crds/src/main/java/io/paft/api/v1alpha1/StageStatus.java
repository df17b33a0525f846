package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One stage of the pipeline. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StageStatus(
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
        @Nullable Long gpuSeconds) {}
