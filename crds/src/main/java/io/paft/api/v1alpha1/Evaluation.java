package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What every subject is measured on. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Evaluation(
        @Nullable List<EvaluationTask> tasks,
        @Nullable CustomTasks customTasks,
        @Nullable Dataset preferenceDataset,
        @Nullable List<Baseline> baselines,
        @Nullable List<String> prompts,
        @Nullable Integer batchSize,
        @Nullable SecretRef secretRef,
        @Nullable Integer retries,
        @Nullable String deadline,
        @Nullable String rerun,
        @Nullable PodSettings pod) {}
