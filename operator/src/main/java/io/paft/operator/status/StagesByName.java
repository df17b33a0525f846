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
}
