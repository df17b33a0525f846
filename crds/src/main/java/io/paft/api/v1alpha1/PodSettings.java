package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Toleration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How the pods of a stage run; never part of a stage's identity. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PodSettings(
        @Nullable String image,
        @Nullable ResourceRequirements resources,
        @Nullable Map<String, String> nodeSelector,
        @Nullable List<Toleration> tolerations,
        @Nullable Affinity affinity,
        @Nullable List<EnvVar> env,
        @Nullable String priorityClassName,
        @Nullable String serviceAccountName,
        @Nullable List<LocalObjectReference> imagePullSecrets,
        @Nullable Map<String, String> labels,
        @Nullable Map<String, String> annotations) {}
