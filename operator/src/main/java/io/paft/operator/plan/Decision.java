package io.paft.operator.plan;

import io.paft.api.v1alpha1.PaftPipelineStatus;
import java.util.List;

/** The status to write, and then what to do. */
public record Decision(PaftPipelineStatus status, List<Action> actions) {}
