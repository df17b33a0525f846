package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** How much of one branch goes into the merge. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record MergeInput(
        @JsonPropertyDescription("Factor of this branch, such as 1.0 or 0.5. -100 to 100.")
        @Required
        @Min(-100)
        @Max(100)
        double weight,

        @JsonPropertyDescription(
                "TIES only: share of the delta's elements that are kept in each tensor, the largest first. More than 0, at most 1."
                        + " Default: 1.0, all of them.")
        @Min(value = 0, inclusive = false)
        @Max(1)
        @Nullable
        Double density) {}
