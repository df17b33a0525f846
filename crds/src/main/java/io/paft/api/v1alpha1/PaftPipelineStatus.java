package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the operator observed. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PaftPipelineStatus(
        @Nullable Long observedGeneration,
        @Nullable String phase,
        @Nullable String startTime,
        @Nullable String completionTime,
        @Nullable List<Condition> conditions,
        @Nullable List<StageStatus> stages,
        @Nullable Summary summary,
        @Nullable Result result) {}
