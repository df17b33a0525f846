package io.paft.operator.config;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.batch.v1.JobSpec;
import io.quarkus.kubernetes.client.KubernetesClientObjectMapperCustomizer;
import jakarta.inject.Singleton;

/**
 * Reads objects without what the operator never looks at, which is most of a finished Job or pod. What it writes is whole.
 *
 * <p>Only for objects that it creates or deletes: one that was read must not be written back, but for the status of a pipeline,
 * of which nothing but the managed fields is left out, and an update without those keeps them.
 *
 * <p>Not a store of the informers' own: JOSDK 5.3 shares such a store between the informers of several namespaces, which then
 * delete each other's objects.
 */
@Singleton
class SmallObjects implements KubernetesClientObjectMapperCustomizer {

    @Override
    public void customize(ObjectMapper mapper) {
        mapper.addMixIn(ObjectMeta.class, WithoutManagedFields.class)
                .addMixIn(JobSpec.class, WithoutRules.class)
                .addMixIn(PodTemplateSpec.class, WithoutMetadata.class)
                .addMixIn(PodSpec.class, WithoutPlacement.class)
                .addMixIn(Container.class, WithoutEnvironment.class);
    }

    @JsonIgnoreProperties("managedFields")
    private interface WithoutManagedFields {}

    @JsonIgnoreProperties(
            value = {"podFailurePolicy", "selector"},
            allowGetters = true)
    private interface WithoutRules {}

    /** The Job has the same labels and annotations itself. */
    @JsonIgnoreProperties(value = "metadata", allowGetters = true)
    private interface WithoutMetadata {}

    @JsonIgnoreProperties(
            value = {
                "affinity",
                "dnsPolicy",
                "imagePullSecrets",
                "initContainers",
                "nodeSelector",
                "preemptionPolicy",
                "restartPolicy",
                "schedulerName",
                "securityContext",
                "serviceAccount",
                "serviceAccountName",
                "tolerations",
                "topologySpreadConstraints",
                "volumes"
            },
            allowGetters = true)
    private interface WithoutPlacement {}

    /** Limits stay: they say how many GPUs a pod holds. The stage's whole document is in the environment. */
    @JsonIgnoreProperties(
            value = {
                "args",
                "command",
                "env",
                "envFrom",
                "image",
                "imagePullPolicy",
                "lifecycle",
                "livenessProbe",
                "ports",
                "readinessProbe",
                "securityContext",
                "startupProbe",
                "terminationMessagePath",
                "terminationMessagePolicy",
                "volumeMounts",
                "workingDir"
            },
            allowGetters = true)
    private interface WithoutEnvironment {}
}
