package io.paft.api.v1alpha1;

/** The preference losses that a stage can train with. */
public enum PreferenceAlgorithm {
    DPO,
    ORPO
}
