package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What part of the model is trained. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Tuning(
        TuningType type,
        @Nullable Integer r,
        @Nullable Double alpha,
        @Nullable Double dropout,
        @Nullable List<String> targetModules) {}
