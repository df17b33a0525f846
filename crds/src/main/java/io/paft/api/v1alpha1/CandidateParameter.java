package io.paft.api.v1alpha1;

/** The numbers of a candidate that may differ between tensors. */
public enum CandidateParameter {
    lambda,
    t,
    eps,
    epsilon,
    r,
    alpha,
    selectTopk
}
