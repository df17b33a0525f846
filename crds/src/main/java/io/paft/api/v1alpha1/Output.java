package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** What a stage left in the workspace. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Output(
        @JsonPropertyDescription(
                "The output directory as a URI that other pipelines of the namespace can read: pvc://<claim>/<kind>/<key>.")
        @Required
        String uri,

        @JsonPropertyDescription("sha256 over its files, as in its manifest.json.") @Nullable
        String digest,

        @JsonPropertyDescription("Size of its files in bytes.") @Nullable
        Long sizeBytes) {}
