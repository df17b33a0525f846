package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** Penalties that make the SFT delta sparse. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Sparsity(
        @JsonPropertyDescription(
                "An L1 penalty on what training changes, so that the merge finds less to throw away. Default: no penalty.")
        @Nullable
        L1 l1) {}
