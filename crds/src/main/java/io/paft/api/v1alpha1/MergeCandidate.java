package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** One merge recipe. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "self.method == 'TIES' || !(has(self.sft.density) || has(self.preference.density))",
        messageExpression = "self.method + ' keeps every element: remove density, or write method: TIES'")
@ValidationRule(
        value = "self.method != 'Linear' || !has(self.lambda)",
        message =
                "Linear averages the models and has no delta to scale: remove lambda, or write method: TaskArithmetic")
@ValidationRule(
        value = "self.method != 'Linear' || (has(self.normalize) && !self.normalize)"
                + " || self.sft.weight + self.preference.weight != 0.0",
        message =
                "Linear divides by the sum of the weights, and sft.weight + preference.weight is 0: change a weight, or write normalize: false")
public record MergeCandidate(
        @JsonPropertyDescription(
                "Name of the recipe, in stages (merge-ties, evaluate-ties), in Jobs and in the report. At most 20 lower-case letters,"
                        + " digits and dashes, starting with a letter; together with the pipeline's name at most 44.")
        @Required
        @Size(min = 1, max = 20)
        @ValidationRule(
                value = "self.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
                messageExpression =
                        "'write the candidate name \"' + self + '\" in lower-case letters, digits and dashes, starting with a letter, such as ties-05'")
        @ValidationRule(
                value = "!(self in ['base', 'sft', 'preference', 'sequential']) && !self.startsWith('stage-')",
                messageExpression =
                        "'\"' + self + '\" names something else in the report: choose another name than base, sft, preference, sequential or stage-...'")
        String name,

        @JsonPropertyDescription(
                "Linear: weighted mean of the two models. TaskArithmetic: base plus the weighted deltas. TIES: keeps the largest part of"
                        + " each delta, elects a sign per element and drops what disagrees. All as in mergekit.")
        @Required
        MergeMethod method,

        @JsonPropertyDescription("TIES and TaskArithmetic: factor of the fused delta. -100 to 100. Default: 1.0.")
        @Min(-100)
        @Max(100)
        @Nullable
        Double lambda,

        @JsonPropertyDescription(
                "Divide by the sum of the weights that contribute. Default: true for TIES and Linear, false for TaskArithmetic.")
        @Nullable
        Boolean normalize,

        @JsonPropertyDescription("What the SFT branch contributes.") @Required
        MergeInput sft,

        @JsonPropertyDescription("What the preference branch contributes.") @Required
        MergeInput preference) {}
