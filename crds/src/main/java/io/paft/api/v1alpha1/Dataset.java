package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** Where training or held-out data lies. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Dataset(
        String uri, @Nullable String split, @Nullable SecretRef secretRef) {}
