package io.paft.operator.reconcile;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.PaftPipelineSpec;
import io.paft.operator.jobs.Labels;
import io.paft.operator.plan.Stage;
import io.paft.operator.status.StagesByName;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** Answers about the other pipelines from lists in place of the controller's indexed caches. */
public final class CachesStandIn extends Caches {

    private final Supplier<List<PaftPipeline>> pipelines;
    private final Supplier<List<Job>> jobs;

    private final IdentityHashMap<PaftPipelineSpec, Set<String>> keys = new IdentityHashMap<>();

    public CachesStandIn(Supplier<List<PaftPipeline>> pipelines, Supplier<List<Job>> jobs) {
        this.pipelines = pipelines;
        this.jobs = jobs;
    }

    @Override
    SiblingObserver.Neighbours neighbours() {
        return new SiblingObserver.Neighbours() {
            @Override
            public Collection<PaftPipeline> asking(String namespace, String claim, String key) {
                return pipelines.get().stream()
                        .filter(pipeline -> claim.equals(claimOf(pipeline)))
                        .filter(pipeline -> keys(pipeline).contains(key))
                        .toList();
            }

            @Override
            public Collection<PaftPipeline> recording(String namespace, String claim, String key) {
                return pipelines.get().stream()
                        .filter(pipeline -> claim.equals(claimOf(pipeline)))
                        .filter(pipeline -> StagesByName.of(pipeline.getStatus()).values().stream()
                                .anyMatch(stage -> stage.key().equals(key)))
                        .toList();
            }

            @Override
            public Collection<Job> jobs(String namespace, String key) {
                return jobs.get().stream()
                        .filter(job -> key.equals(Labels.key(job)))
                        .toList();
            }
        };
    }

    /** As the real caches' index, which is computed once per version. */
    private Set<String> keys(PaftPipeline pipeline) {
        return keys.computeIfAbsent(pipeline.getSpec(), Stage::keys);
    }

    private static String claimOf(PaftPipeline pipeline) {
        return pipeline.getSpec().workspace().volumeClaim().name();
    }
}
