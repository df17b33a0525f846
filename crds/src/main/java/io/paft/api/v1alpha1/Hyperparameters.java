package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** Training hyperparameters, in TRL's names. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Hyperparameters(
        @Nullable Double learningRate,
        @Nullable Double numTrainEpochs,
        @Nullable Integer maxSteps,
        @Nullable Integer perDeviceTrainBatchSize,
        @Nullable Integer gradientAccumulationSteps,
        @Nullable Double warmupRatio,
        @Nullable String lrSchedulerType,
        @Nullable Double weightDecay,
        @Nullable Double maxGradNorm,
        @Nullable Integer maxLength,
        @Nullable Integer seed,
        @Nullable Integer loggingSteps,
        @Nullable Boolean gradientCheckpointing,
        @Nullable Boolean bf16) {}
