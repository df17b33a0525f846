package io.paft.operator.status;

import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.api.v1alpha1.StageStatus;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The stages that a status holds, by name and in their order; none when there is no status yet. */
public final class StagesByName {

    private StagesByName() {}

    public static Map<String, StageStatus> of(@Nullable PaftPipelineStatus status) {
        var stages = new LinkedHashMap<String, StageStatus>();
        if (status != null && status.stages() != null) {
            status.stages().forEach(stage -> stages.put(stage.name(), stage));
        }
        return stages;
    }

    /** What stages, by name, say of a result; null when they say nothing, or tell of another one by the same name. */
    public static @Nullable StageStatus recorded(Map<String, StageStatus> stages, String name, String key) {
        StageStatus stage = stages.get(name);
        return stage != null && stage.key().equals(key) ? stage : null;
    }
}
