package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** What is done to the delta of one branch before the method of the candidate sees it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
        value = "self.method != 'L1' || has(self.density) != has(self.lambda)",
        message =
                "L1 needs one of the two: density, the share of elements to keep, or lambda, what every element shrinks by")
@ValidationRule(
        value = "self.method == 'L1' || has(self.density)",
        messageExpression = "self.method + ' needs density, the share of elements to keep, such as 0.3'")
@ValidationRule(
        value = "self.method == 'L1' || !has(self.lambda)",
        messageExpression = "self.method + ' has no lambda: remove it, or write method: L1'")
@ValidationRule(
        value = "self.method == 'Outliers' || !has(self.gamma)",
        messageExpression = "self.method + ' drops no outliers: remove gamma, or write method: Outliers'")
@ValidationRule(
        value = "self.method != 'Random' || !has(self.scope)",
        message = "Random keeps each element by itself, whatever the scope: remove scope")
@ValidationRule(
        value =
                "!has(self.scope) || self.scope != 'Model' || !(has(self.lambda) || (has(self.rescale) && self.rescale))",
        message =
                "scope: Model goes with density alone: lambda has no share to take over the model, and rescale would enlarge the little that a tensor keeps; remove them, or write scope: Tensor")
public record Sparsify(
        @JsonPropertyDescription(
                "L1: every element shrinks by the same amount, and what was smaller becomes 0 (soft threshold). Magnitude: keeps the"
                        + " largest elements. Random: keeps each element with probability density. Outliers: keeps the largest but the"
                        + " very largest.")
        @Required
        SparsifyMethod method,

        @JsonPropertyDescription(
                "Share of the delta's elements that are kept. More than 0, at most 1. L1: the amount is then the size of the largest"
                        + " element that goes. Required but with L1 and lambda. Default: none.")
        @Min(value = 0, inclusive = false)
        @Max(1)
        @Nullable
        Double density,

        @JsonPropertyDescription(
                "L1: the amount by which every element shrinks, in the unit of the weights. More than 0, such as 1.0e-5. Default: as density says."
                        + Rules.WITH_DOT)
        @Min(value = 0, inclusive = false)
        @Max(100)
        @Nullable
        Double lambda,

        @JsonPropertyDescription(
                "Outliers: share of the elements, the very largest, that are dropped. 0 to less than 1. Default: 0.01.")
        @Min(0)
        @Max(value = 1, inclusive = false)
        @Nullable
        Double gamma,

        @JsonPropertyDescription(
                "Multiply what is left so that the sum of its magnitudes is what it was before. Default: true for Random, else false.")
        @Nullable
        Boolean rescale,

        @JsonPropertyDescription(
                "What density is a share of. Tensor: of each tensor. Model: of the whole model, so that tensors that training changed"
                        + " little lose more. Default: Tensor.")
        @Nullable
        SparsifyScope scope) {}
