package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** Where stages read their inputs and leave their outputs. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Workspace(
        @JsonPropertyDescription(
                "The volume that holds inputs and outputs. A stage that is finished in it is never run again, not even by another"
                        + " pipeline of the namespace that uses the same volume.")
        @Required
        VolumeClaim volumeClaim) {}
