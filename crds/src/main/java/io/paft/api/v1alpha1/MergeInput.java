package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** How much of one branch goes into the merge. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record MergeInput(double weight, @Nullable Double density) {}
