package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;

/** A directory of lm-eval task files. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record CustomTasks(String uri) {}
