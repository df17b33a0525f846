package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** The comparison of all subjects. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Report(
        @JsonPropertyDescription(
                "Any word that was not here before asks for the report to be written again, from the evaluations that are there, for"
                        + " example after an upgrade. Going back to an earlier word goes back to its report.")
        @Size(min = 1, max = Rules.WORD_LENGTH)
        @Pattern(Rules.RERUN)
        @Nullable
        String rerun) {}
