package io.paft.operator.plan;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.paft.api.v1alpha1.PodSettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Lays a stage's pod settings over the pipeline's: single values replace, maps and environment merge by name. */
final class PodSettingsOverlay {

    static final PodSettings NONE =
            new PodSettings(null, null, null, null, null, null, null, null, null, null, null, null);

    private PodSettingsOverlay() {}

    static PodSettings of(@Nullable PodSettings defaults, @Nullable PodSettings own) {
        PodSettings under = defaults == null ? NONE : defaults;
        PodSettings over = own == null ? NONE : own;
        return new PodSettings(
                first(over.image(), under.image()),
                first(over.resources(), under.resources()),
                maps(under.nodeSelector(), over.nodeSelector()),
                first(over.tolerations(), under.tolerations()),
                first(over.affinity(), under.affinity()),
                env(under.env(), over.env()),
                first(over.priorityClassName(), under.priorityClassName()),
                first(over.serviceAccountName(), under.serviceAccountName()),
                first(over.imagePullSecrets(), under.imagePullSecrets()),
                maps(under.labels(), over.labels()),
                maps(under.annotations(), over.annotations()),
                first(over.terminationGracePeriodSeconds(), under.terminationGracePeriodSeconds()));
    }

    /** The same settings with other resources: for stages that must not ask for the pipeline's GPUs. */
    static PodSettings withResources(PodSettings pod, ResourceRequirements resources) {
        return with(pod, pod.image(), resources);
    }

    /** The same settings without an image: the pipeline's image trains, and a merge needs another one. */
    static @Nullable PodSettings withoutImage(@Nullable PodSettings pod) {
        return pod == null ? null : with(pod, null, pod.resources());
    }

    private static PodSettings with(PodSettings pod, @Nullable String image, @Nullable ResourceRequirements resources) {
        return new PodSettings(
                image,
                resources,
                pod.nodeSelector(),
                pod.tolerations(),
                pod.affinity(),
                pod.env(),
                pod.priorityClassName(),
                pod.serviceAccountName(),
                pod.imagePullSecrets(),
                pod.labels(),
                pod.annotations(),
                pod.terminationGracePeriodSeconds());
    }

    private static <T> @Nullable T first(@Nullable T over, @Nullable T under) {
        return over != null ? over : under;
    }

    private static @Nullable Map<String, String> maps(
            @Nullable Map<String, String> under, @Nullable Map<String, String> over) {
        if (under == null || over == null) {
            return first(over, under);
        }
        var merged = new LinkedHashMap<>(under);
        merged.putAll(over);
        return merged;
    }

    private static @Nullable List<EnvVar> env(@Nullable List<EnvVar> under, @Nullable List<EnvVar> over) {
        if (under == null || over == null) {
            return first(over, under);
        }
        var byName = new LinkedHashMap<String, EnvVar>();
        under.forEach(variable -> byName.put(variable.getName(), variable));
        over.forEach(variable -> byName.put(variable.getName(), variable));
        return new ArrayList<>(byName.values());
    }
}
