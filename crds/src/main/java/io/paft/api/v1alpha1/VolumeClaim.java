package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** A PersistentVolumeClaim of the pipeline's namespace, by name. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VolumeClaim(
        @JsonPropertyDescription(
                "Name of a PersistentVolumeClaim in the pipeline's namespace. Every stage mounts it: on several nodes it needs"
                        + " ReadWriteMany. Cannot be changed.")
        @Required
        @Size(min = 1, max = Rules.OBJECT_NAME_LENGTH)
        @Pattern(Rules.OBJECT_NAME)
        @ValidationRule(
                value = "self == oldSelf",
                message =
                        "a pipeline stays on its claim, where its results are: for another claim, create another"
                                + " pipeline; for a misspelt name, delete this one and create it again (claims are never deleted)")
        String name) {}
