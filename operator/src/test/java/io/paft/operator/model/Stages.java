package io.paft.operator.model;

import io.paft.api.v1alpha1.PaftPipelineSpec;
import io.paft.operator.plan.InvalidSpecException;
import io.paft.operator.plan.Stage;
import io.paft.operator.plan.StageGraph;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The stages that a spec asks for, remembered: specs here are few, and each is one object. */
final class Stages {

    private static final ThreadLocal<Map<PaftPipelineSpec, Optional<List<Stage>>>> KNOWN =
            ThreadLocal.withInitial(IdentityHashMap::new);

    private Stages() {}

    /** Empty when the spec makes no pipeline. */
    static Optional<List<Stage>> of(PaftPipelineSpec spec) {
        return KNOWN.get().computeIfAbsent(spec, Stages::read);
    }

    private static Optional<List<Stage>> read(PaftPipelineSpec spec) {
        try {
            return Optional.of(Stage.of(StageGraph.of(spec)));
        } catch (InvalidSpecException e) {
            return Optional.empty();
        }
    }
}
