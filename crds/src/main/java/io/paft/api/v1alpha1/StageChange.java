package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Why a stage has another key than in the run before. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StageChange(
        @JsonPropertyDescription("Name of the stage.") @Required
        String stage,

        @JsonPropertyDescription(
                "What differs: fields, such as spec.merge.candidates[ties].lambda; `input sft` when that stage's key differs; `added` for a stage"
                        + " that was not there. At most 6.")
        @Nullable
        List<String> fields) {}
