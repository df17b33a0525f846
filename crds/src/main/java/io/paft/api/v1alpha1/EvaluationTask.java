package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** An lm-eval task. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EvaluationTask(
        String name, @Nullable Integer numFewshot, @Nullable Integer limit) {}
