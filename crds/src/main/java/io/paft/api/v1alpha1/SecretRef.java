package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;

/** A Secret of the pipeline's namespace, by name. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SecretRef(String name) {}
