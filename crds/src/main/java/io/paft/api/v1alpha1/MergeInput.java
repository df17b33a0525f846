package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.paft.api.schema.ListType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How much of one branch goes into the merge, and which part of its delta. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@SchemaCustomizer(value = ListType.class, input = "overrides=atomic")
@ValidationRule(
        value = "!has(self.sparsify) || !(has(self.density) || has(self.gamma) || has(self.epsilon)"
                + " || (has(self.overrides) && self.overrides.exists(o, o.parameter != 'weight')))",
        message =
                "sparsify takes the place of what the method itself keeps: remove density, gamma and epsilon, in overrides too, or remove sparsify")
public record MergeInput(
        @JsonPropertyDescription(
                "Factor of this branch, such as 1.0 or 0.5. -100 to 100. Every method but SLERP, NearSwap, ModelStock, SCE, RAM and"
                        + " RAMPlus needs it. Default: none.")
        @Min(-100)
        @Max(100)
        @Nullable
        Double weight,

        @JsonPropertyDescription(
                "TIES, DARE, Breadcrumbs, DELLA: share of the delta's elements that are kept in each tensor: the largest (TIES), the"
                        + " largest but the outliers (Breadcrumbs), by chance (DARE), by chance and size (DELLA). More than 0, at most 1."
                        + " Default: 1.0, all of them.")
        @Min(value = 0, inclusive = false)
        @Max(1)
        @Nullable
        Double density,

        @JsonPropertyDescription(
                "Breadcrumbs: share of the elements, the very largest, that are dropped. 0 to 1. Default: 0.01.")
        @Min(0)
        @Max(1)
        @Nullable
        Double gamma,

        @JsonPropertyDescription(
                "DELLA: the smallest element of a row is kept with probability density - epsilon, the largest with density + epsilon. 0"
                        + " to 1, and both must lie between 0 and 1. Default: 0.15.")
        @Min(0)
        @Max(1)
        @Nullable
        Double epsilon,

        @JsonPropertyDescription(
                "Makes the delta sparse before the method sees it, in place of what the method itself would keep: not together with density,"
                        + " gamma or epsilon, and not with Linear, SLERP and NearSwap, which have no delta. Default: nothing is done.")
        @Nullable
        Sparsify sparsify,

        @JsonPropertyDescription(
                "Other numbers in some tensors, up to 16; the first that matches a tensor counts. Default: none.")
        @Size(max = 16)
        @Nullable
        List<InputOverride> overrides) {}
