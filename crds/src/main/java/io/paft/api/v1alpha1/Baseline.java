package io.paft.api.v1alpha1;

/** Models that the candidates are compared with. */
public enum Baseline {
    Base,
    SFT,
    Preference,
    Sequential
}
