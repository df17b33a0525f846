package io.paft.api.v1alpha1;

/** The merge methods that the engine knows. */
public enum MergeMethod {
    Linear,
    TaskArithmetic,
    TIES
}
