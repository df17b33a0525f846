package io.paft.operator.plan;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.api.v1alpha1.PaftPipeline;

/** Builds the one Job that produces a stage's result. Pure. */
@FunctionalInterface
public interface JobBuilder {

    Job create(PaftPipeline pipeline, Stage stage);
}
