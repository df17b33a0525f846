package io.paft.operator.progress;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.api.v1alpha1.PaftPipeline;
import java.util.Optional;

/** What the operator holds in its caches: looking something up asks nobody. */
public interface Known {

    /** Whether there are caches yet, and this process is the one that works. */
    boolean ready();

    Optional<PaftPipeline> pipeline(String namespace, String name);

    Optional<Job> job(String namespace, String name);

    Optional<Pod> pod(String namespace, String name);

    /** Has the pipeline looked at soon. */
    void wake(String namespace, String name);
}
