package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;

/** An L1 penalty on the effective delta. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record L1(double lambda) {}
