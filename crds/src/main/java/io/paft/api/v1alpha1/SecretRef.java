package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A Secret of the pipeline's namespace, by name. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SecretRef(
        @JsonPropertyDescription("Name of a Secret in the pipeline's namespace.")
        @Required
        @Size(min = 1, max = Rules.OBJECT_NAME_LENGTH)
        @Pattern(Rules.OBJECT_NAME)
        String name) {}
