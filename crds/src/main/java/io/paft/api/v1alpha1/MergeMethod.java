package io.paft.api.v1alpha1;

/** The merge methods that the engine knows and that make sense of two branches. */
public enum MergeMethod {
    Linear,
    TaskArithmetic,
    TIES,
    DARELinear,
    DARETIES,
    Breadcrumbs,
    BreadcrumbsTIES,
    DELLALinear,
    DELLA,
    SLERP,
    NuSLERP,
    MultiSLERP,
    ModelStock,
    SCE,
    NearSwap,
    RAM,
    RAMPlus
}
