package io.paft.api.v1alpha1;

import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** Trains SFT and preference branches side by side from one base model, merges them and evaluates the result. */
@Group("paft.io")
@Version("v1alpha1")
@Kind("PaftPipeline")
@Plural("paftpipelines")
@ShortNames("paft")
public class PaftPipeline extends CustomResource<PaftPipelineSpec, PaftPipelineStatus> implements Namespaced {}
