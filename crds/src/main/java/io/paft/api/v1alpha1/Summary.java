package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** One word per group of stages, for the columns of kubectl get. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Summary(
        @Nullable String sft,
        @Nullable String preference,
        @Nullable String merge,
        @Nullable String evaluation) {}
