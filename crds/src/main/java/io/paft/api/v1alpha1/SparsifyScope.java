package io.paft.api.v1alpha1;

/** What a share of elements is a share of. */
public enum SparsifyScope {
    Tensor,
    Model
}
