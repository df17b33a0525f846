package io.paft.api.v1alpha1;

/** The numbers of a branch that may differ between tensors. */
public enum InputParameter {
    weight,
    density,
    gamma,
    epsilon
}
