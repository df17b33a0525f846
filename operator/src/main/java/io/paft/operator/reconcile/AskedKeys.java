package io.paft.operator.reconcile;

import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.operator.plan.Stage;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Whether a pipeline asks for a result. Its keys are hashed when somebody asks, once for each of its generations. */
final class AskedKeys {

    private record Known(Long generation, Set<String> keys) {}

    private final Map<String, Known> byPipeline = new ConcurrentHashMap<>();

    boolean contain(PaftPipeline pipeline, String key) {
        ObjectMeta meta = pipeline.getMetadata();
        Known known = byPipeline.get(meta.getUid());
        if (known == null || !known.generation().equals(meta.getGeneration())) {
            known = new Known(meta.getGeneration(), Stage.keys(pipeline.getSpec()));
            byPipeline.put(meta.getUid(), known);
        }
        return known.keys().contains(key);
    }

    /** It is gone. */
    void forget(PaftPipeline pipeline) {
        byPipeline.remove(pipeline.getMetadata().getUid());
    }
}
