package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The preference branch. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Preference(
        @JsonPropertyDescription("DPO compares with the base model as reference; ORPO needs no reference.") @Required
        PreferenceAlgorithm algorithm,

        @JsonPropertyDescription(
                "DPO: how closely the model keeps to the reference (higher is closer). ORPO: weight of the odds-ratio term. More than"
                        + " 0. Default: 0.1.")
        @Min(value = 0, inclusive = false)
        @Max(1000)
        @Nullable
        Double beta,

        @JsonPropertyDescription(
                "The pairs, in TRL's format {prompt, chosen, rejected}, or {chosen, rejected} with whole conversations: texts or lists of messages.")
        @Required
        Dataset dataset,

        @JsonPropertyDescription(
                "LoRA or full fine-tuning. Default: LoRA with r 16, alpha 32, dropout 0.05, targetModules [all-linear].")
        @Nullable
        Tuning tuning,

        @JsonPropertyDescription("Training hyperparameters. What is left out has TRL's default, named with each field.")
        @Nullable
        Hyperparameters hyperparameters,

        @JsonPropertyDescription("More fields of TRL's DPOConfig or ORPOConfig." + Rules.EXTRA_ARGS_TEXT)
        @Size(max = 64)
        @Nullable
        Map<String, JsonNode> extraArgs,

        @JsonPropertyDescription(Rules.RETRIES_TEXT) @Min(0) @Max(10) @Nullable
        Integer retries,

        @JsonPropertyDescription(Rules.DEADLINE_TEXT)
        @Size(min = 1, max = Rules.DEADLINE_LENGTH)
        @ValidationRule(value = Rules.DEADLINE, messageExpression = Rules.DEADLINE_SENTENCE)
        @Nullable
        String deadline,

        @JsonPropertyDescription(Rules.CHECKPOINT_INTERVAL_TEXT)
        @Size(min = 1, max = Rules.DEADLINE_LENGTH)
        @ValidationRule(value = Rules.DEADLINE, messageExpression = Rules.CHECKPOINT_INTERVAL_SENTENCE)
        @Nullable
        String checkpointInterval,

        @JsonPropertyDescription(Rules.STALL_TEXT)
        @Size(min = 1, max = Rules.DEADLINE_LENGTH)
        @ValidationRule(value = Rules.DEADLINE, messageExpression = Rules.STALL_SENTENCE)
        @ValidationRule(value = Rules.STALL_MINIMUM, messageExpression = Rules.STALL_MINIMUM_SENTENCE)
        @Nullable
        String stallTimeout,

        @JsonPropertyDescription(Rules.RERUN_TEXT)
        @Size(min = 1, max = Rules.WORD_LENGTH)
        @Pattern(Rules.RERUN)
        @Nullable
        String rerun,

        @JsonPropertyDescription("Pod settings of this stage and of the Sequential baseline, laid over spec.pod.")
        @Nullable
        PodSettings pod) {}
