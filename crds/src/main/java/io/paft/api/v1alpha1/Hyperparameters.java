package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Training hyperparameters, in TRL's names. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Hyperparameters(
        @JsonPropertyDescription(
                "Peak learning rate. More than 0, at most 1. Default: 2.0e-5 for SFT, 1.0e-6 for preference."
                        + Rules.WITH_DOT)
        @Min(value = 0, inclusive = false)
        @Max(1)
        @Nullable
        Double learningRate,

        @JsonPropertyDescription(
                "Passes over the data; 0.5 is half a pass. More than 0. Default: 3. maxSteps overrides it.")
        @Min(value = 0, inclusive = false)
        @Max(10000)
        @Nullable
        Double numTrainEpochs,

        @JsonPropertyDescription("Optimizer steps; overrides numTrainEpochs. Default, and -1: numTrainEpochs decides.")
        @Min(-1)
        @Max(100000000)
        @ValidationRule(
                value = "self != 0",
                message =
                        "a run of 0 steps trains nothing: write 1 or more, or leave maxSteps out so that numTrainEpochs decides")
        @Nullable
        Integer maxSteps,

        @JsonPropertyDescription("Examples (preference: pairs) per device and forward pass. 1 or more. Default: 8.")
        @Min(1)
        @Max(65536)
        @Nullable
        Integer perDeviceTrainBatchSize,

        @JsonPropertyDescription(
                "Forward passes per optimizer step: the effective batch is perDeviceTrainBatchSize times this times the devices."
                        + " 1 or more. Default: 1.")
        @Min(1)
        @Max(65536)
        @Nullable
        Integer gradientAccumulationSteps,

        @JsonPropertyDescription(
                "Share of the steps in which the learning rate rises to its peak. 0 to less than 1. Default: 0.")
        @Min(0)
        @Max(value = 1, inclusive = false)
        @Nullable
        Double warmupRatio,

        @JsonPropertyDescription(
                "Course of the learning rate after the warm-up: linear, cosine, constant, constant_with_warmup, ... (names of"
                        + " transformers). Default: linear.")
        @Size(min = 1, max = Rules.WORD_LENGTH)
        @Pattern("^[a-z][a-z0-9_]*$")
        @Nullable
        String lrSchedulerType,

        @JsonPropertyDescription("AdamW's weight decay. 0 or more. Default: 0.") @Min(0) @Max(10) @Nullable
        Double weightDecay,

        @JsonPropertyDescription(
                "Gradients with a larger norm are scaled down to it; 0 switches clipping off. Default: 1.0.")
        @Min(0)
        @Max(1000000)
        @Nullable
        Double maxGradNorm,

        @JsonPropertyDescription(
                "Longest example, in tokens; longer ones are cut. Rows whose prompt alone is as long are left out; the log says how many."
                        + " 1 or more. Default: 1024.")
        @Min(1)
        @Max(16777216)
        @Nullable
        Integer maxLength,

        @JsonPropertyDescription(
                "Seed of everything random: order of the data, adapter initialisation, dropout. 0 or more. Default: 42.")
        @Min(0)
        @Max(2147483647)
        @Nullable
        Integer seed,

        @JsonPropertyDescription("Steps between two log lines. 1 or more. Default: 10.") @Min(1) @Max(1000000) @Nullable
        Integer loggingSteps,

        @JsonPropertyDescription(
                "Recompute activations in the backward pass: less memory, more time. Default: true on a GPU, false on a CPU.")
        @Nullable
        Boolean gradientCheckpointing,

        @JsonPropertyDescription(
                "Compute in bfloat16 (mixed precision; the trained weights stay in float32). Default: true on a GPU, false on a CPU.")
        @Nullable
        Boolean bf16) {}
