package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;

/** Where stages read their inputs and leave their outputs. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Workspace(VolumeClaim volumeClaim) {}
