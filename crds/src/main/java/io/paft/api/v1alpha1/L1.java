package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;

/** An L1 penalty on the effective delta. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record L1(
        @JsonPropertyDescription(
                "Added to the loss: lambda times the SUM of |delta| over all trained weights, where delta is (alpha / r) * B * A for"
                        + " LoRA and the weight minus its pre-trained value for Full. A sum grows with the model: a value that"
                        + " suits one model is far too strong for a larger one. More than 0, such as 1.0e-6."
                        + Rules.WITH_DOT)
        @Required
        @Min(value = 0, inclusive = false)
        @Max(1)
        double lambda) {}
