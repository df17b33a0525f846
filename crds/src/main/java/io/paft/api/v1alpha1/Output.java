package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** What a stage left in the workspace. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Output(
        String uri, @Nullable String digest, @Nullable Long sizeBytes) {}
