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

/** What part of the model is trained. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@SchemaCustomizer(value = ListType.class, input = "targetModules=set")
@ValidationRule(
        value =
                "self.type != 'Full' || !(has(self.r) || has(self.alpha) || has(self.dropout) || has(self.targetModules))",
        message = "r, alpha, dropout and targetModules are for LoRA only: remove them, or write type: LoRA")
public record Tuning(
        @JsonPropertyDescription(
                "LoRA trains a small adapter (PEFT) and leaves the model as it is; Full trains every weight.")
        @Required
        TuningType type,

        @JsonPropertyDescription("LoRA: the rank of the adapter. 1 to 1024. Default: 16.") @Min(1) @Max(1024) @Nullable
        Integer r,

        @JsonPropertyDescription("LoRA: the adapter is scaled by alpha / r. More than 0. Default: 32.")
        @Min(value = 0, inclusive = false)
        @Max(65536)
        @Nullable
        Double alpha,

        @JsonPropertyDescription(
                "LoRA: share of the adapter's inputs that are dropped in training. 0 to less than 1. Default: 0.05.")
        @Min(0)
        @Max(value = 1, inclusive = false)
        @Nullable
        Double dropout,

        @JsonPropertyDescription(
                "LoRA: names of the modules that get an adapter, such as q_proj and v_proj, or all-linear for every linear layer but"
                        + " the output layer. Default: [all-linear].")
        @Size(min = 1, max = 64)
        @Nullable
        List<@Size(min = 1, max = 128) @Pattern("^[A-Za-z0-9_.-]+$") String> targetModules) {}
