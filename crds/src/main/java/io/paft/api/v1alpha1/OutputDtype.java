package io.paft.api.v1alpha1;

/** The dtype of the merged weights. */
public enum OutputDtype {
    float32,
    bfloat16,
    float16
}
