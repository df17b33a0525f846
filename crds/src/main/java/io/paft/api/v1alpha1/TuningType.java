package io.paft.api.v1alpha1;

/** Which weights are trained. */
public enum TuningType {
    LoRA,
    Full
}
