package io.paft.api.v1alpha1;

/** Where a stage stands. */
public enum StageState {
    Pending,
    Running,
    Succeeded,
    Failed,
    Blocked
}
