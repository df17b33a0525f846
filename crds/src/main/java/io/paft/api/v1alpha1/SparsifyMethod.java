package io.paft.api.v1alpha1;

/** How the elements of a delta are chosen that a merge keeps. */
public enum SparsifyMethod {
    L1,
    Magnitude,
    Random,
    Outliers
}
