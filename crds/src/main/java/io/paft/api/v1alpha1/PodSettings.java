package io.paft.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.Toleration;
import io.paft.api.schema.ListType;
import io.paft.api.schema.PodTypes;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How the pods of a stage run; never part of a stage's identity. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@SchemaCustomizer(value = ListType.class, input = "env=name tolerations=atomic imagePullSecrets=name")
@SchemaCustomizer(PodTypes.class)
public record PodSettings(
        @JsonPropertyDescription(
                "Image of the stage. Anything that keeps the stage contract will do. Default: the image that the operator is set up with.")
        @Size(min = 1, max = 512)
        @Pattern("^\\S+$")
        @Nullable
        String image,

        @JsonPropertyDescription(
                "CPU, memory and devices, as in a container: requests {cpu: 4, memory: 16Gi}, limits {memory: 24Gi, nvidia.com/gpu: 1}."
                        + " Default: none.")
        @Nullable
        ResourceRequirements resources,

        @JsonPropertyDescription("Labels of the nodes to run on. Default: any node.") @Size(max = 32) @Nullable
        Map<String, String> nodeSelector,

        @JsonPropertyDescription("Taints of nodes that the pods tolerate, such as nvidia.com/gpu. Default: none.")
        @Size(max = 32)
        @Nullable
        List<Toleration> tolerations,

        @JsonPropertyDescription("Affinity of the pods, as in a pod. Default: none.") @Nullable
        Affinity affinity,

        @JsonPropertyDescription(
                "More environment variables, by name, such as OMP_NUM_THREADS or HTTPS_PROXY. PAFT_*, PET_*, KUBEFLOW_*, HF_TOKEN, HOME,"
                        + " TMPDIR and the cache directories are the operator's. Default: none.")
        @Size(max = 64)
        @Nullable
        List<EnvVar> env,

        @JsonPropertyDescription("PriorityClass of the pods. Default: none.")
        @Size(min = 1, max = Rules.OBJECT_NAME_LENGTH)
        @Pattern(Rules.OBJECT_NAME)
        @Nullable
        String priorityClassName,

        @JsonPropertyDescription(
                "ServiceAccount of the pods; its token is not mounted. Default: the namespace's default ServiceAccount.")
        @Size(min = 1, max = Rules.OBJECT_NAME_LENGTH)
        @Pattern(Rules.OBJECT_NAME)
        @Nullable
        String serviceAccountName,

        @JsonPropertyDescription("Secrets for pulling the image, by name. Default: none.") @Size(max = 16) @Nullable
        List<LocalObjectReference> imagePullSecrets,

        @JsonPropertyDescription(
                "More labels on the Job and its pods. paft.io/*, app.kubernetes.io/* and batch.kubernetes.io/* are not yours. Default: none.")
        @Size(max = 32)
        @ValidationRule(
                value =
                        "self.all(k, !k.startsWith('paft.io/') && !k.startsWith('app.kubernetes.io/') && !k.startsWith('batch.kubernetes.io/'))",
                message =
                        "labels that start with paft.io/, app.kubernetes.io/ or batch.kubernetes.io/ are set by the operator and the Job controller: remove them")
        @Nullable
        Map<String, String> labels,

        @JsonPropertyDescription("More annotations on the Job and its pods. Default: none.") @Size(max = 32) @Nullable
        Map<String, String> annotations,

        @JsonPropertyDescription(
                "Seconds between telling a pod to stop and killing it. A training writes a checkpoint in this time: give it longer when its"
                        + " log says that writing one takes longer. 1 to 86400. Default: 120 for sft, preference and Sequential, else"
                        + " Kubernetes' own (30).")
        @Min(1)
        @Max(86400)
        @Nullable
        Integer terminationGracePeriodSeconds) {}
