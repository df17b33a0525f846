package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The scores of one evaluated model. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SubjectScore(
        @JsonPropertyDescription("base, sft, preference, sequential, or the name of a candidate.") @Required
        String subject,

        @JsonPropertyDescription(
                "The mean of its measures of 0 to 1 for which higher is better; those of 0 to 100 (BLEU, chrF, TER) do not"
                        + " count.")
        @Nullable
        Double score,

        @JsonPropertyDescription("Its measures, by name of the task.") @Nullable
        Map<String, Double> metrics) {}
