package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** Penalties that make the SFT delta sparse. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Sparsity(@Nullable L1 l1) {}
