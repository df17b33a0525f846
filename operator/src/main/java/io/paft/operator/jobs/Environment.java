package io.paft.operator.jobs;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.paft.operator.plan.RunSettings;
import io.paft.operator.plan.RunSettings.HubAccess;
import java.math.RoundingMode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The environment of a stage's container; a person's own variables come first and cannot replace the contract's. */
final class Environment {

    /** The one writable place outside the workspace: the root file system is read-only. */
    static final String SCRATCH = "/tmp";

    private static final String TOKEN_KEY = "token";

    private Environment() {}

    /** @param progress where the pod says how far it is; empty when nobody listens */
    static List<EnvVar> of(RunSettings run, String stageDocument, Map<String, String> progress) {
        var variables = new LinkedHashMap<String, EnvVar>();
        // Thread pools that are larger than the pod's share of the node fight each other: one thread per CPU asked for.
        String threads = Integer.toString(cpus(run.pod().resources()));
        put(variables, "OMP_NUM_THREADS", threads);
        put(variables, "OPENBLAS_NUM_THREADS", threads);
        List<EnvVar> own = run.pod().env();
        if (own != null) {
            own.forEach(variable -> variables.put(variable.getName(), variable));
        }
        put(variables, "HOME", SCRATCH);
        put(variables, "USER", "paft");
        put(variables, "TMPDIR", SCRATCH);
        put(variables, "HF_HOME", SCRATCH + "/huggingface");
        put(variables, "XDG_CACHE_HOME", SCRATCH + "/cache");
        put(variables, "MPLCONFIGDIR", SCRATCH + "/matplotlib");
        put(variables, "TORCHINDUCTOR_CACHE_DIR", SCRATCH + "/inductor");
        put(variables, "TRITON_CACHE_DIR", SCRATCH + "/triton");
        hub(variables, run.hub());
        progress.forEach((name, value) -> put(variables, name, value));
        put(variables, "PAFT_STAGE", literal(stageDocument));
        return List.copyOf(variables.values());
    }

    /** Kubelets put other variables in place of $(NAME), secrets too, and $ in place of $$. */
    private static String literal(String value) {
        return value.replace("$", "$$");
    }

    private static void hub(Map<String, EnvVar> variables, HubAccess hub) {
        switch (hub) {
            case HubAccess.Offline() -> {
                put(variables, "HF_HUB_OFFLINE", "1");
                put(variables, "HF_HUB_DISABLE_IMPLICIT_TOKEN", "1");
            }
            case HubAccess.Online(var secret) -> {
                if (secret != null) {
                    variables.put("HF_TOKEN", token(secret));
                }
            }
        }
    }

    private static EnvVar token(String secret) {
        return new EnvVarBuilder()
                .withName("HF_TOKEN")
                .withNewValueFrom()
                .withNewSecretKeyRef(TOKEN_KEY, secret, false)
                .endValueFrom()
                .build();
    }

    private static int cpus(@Nullable ResourceRequirements resources) {
        if (resources == null) {
            return 1;
        }
        Quantity cpu = cpu(resources.getLimits());
        Quantity asked = cpu == null ? cpu(resources.getRequests()) : cpu;
        return asked == null
                ? 1
                : Math.max(
                        1,
                        asked.getNumericalAmount()
                                .setScale(0, RoundingMode.CEILING)
                                .intValue());
    }

    private static @Nullable Quantity cpu(@Nullable Map<String, Quantity> amounts) {
        return amounts == null ? null : amounts.get("cpu");
    }

    private static void put(Map<String, EnvVar> variables, String name, String value) {
        // Removing first keeps the contract's own variables together, in one order.
        variables.remove(name);
        variables.put(name, new EnvVar(name, value, null));
    }
}
