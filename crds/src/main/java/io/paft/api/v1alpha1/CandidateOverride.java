package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.paft.api.schema.ListType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Another number for a parameter of a candidate, in some tensors. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@SchemaCustomizer(value = ListType.class, input = "gradient=atomic")
@ValidationRule(value = MergeRules.VALUE_OR_GRADIENT, message = MergeRules.VALUE_OR_GRADIENT_SENTENCE)
@ValidationRule(
        value =
                "!(self.parameter in ['t', 'selectTopk']) || ((!has(self.value) || (self.value >= 0.0 && self.value <= 1.0))"
                        + " && (!has(self.gradient) || self.gradient.all(v, v >= 0.0 && v <= 1.0)))",
        messageExpression = "self.parameter + ' lies between 0 and 1, in overrides too'")
@ValidationRule(
        value = "!(self.parameter in ['eps', 'epsilon', 'r', 'alpha']) || ((!has(self.value) || self.value >= 0.0)"
                + " && (!has(self.gradient) || self.gradient.all(v, v >= 0.0)))",
        messageExpression = "self.parameter + ' is 0 or more, in overrides too'")
public record CandidateOverride(
        @JsonPropertyDescription("The field of the candidate that it replaces.") @Required
        CandidateParameter parameter,

        @JsonPropertyDescription(MergeRules.FILTER_TEXT)
        @Size(min = 1, max = Rules.OBJECT_NAME_LENGTH)
        @Pattern(MergeRules.FILTER)
        @Nullable
        String filter,

        @JsonPropertyDescription(MergeRules.VALUE_TEXT) @Min(-100) @Max(100) @Nullable
        Double value,

        @JsonPropertyDescription(MergeRules.GRADIENT_TEXT) @Size(min = 2, max = 64) @Nullable
        List<@Min(-100) @Max(100) Double> gradient) {}
