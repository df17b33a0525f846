package io.paft.operator.reconcile;

import io.paft.api.v1alpha1.PaftPipeline;
import java.util.Collections;
import java.util.Map;

/**
 * How far a pipeline's cached version must have come to have this operator's own last write. What is planned from an older one may
 * agree with it and not with what is stored; and nobody would look again, because a change of status alone wakes no controller.
 */
final class OwnWrites {

    private static final int PIPELINES = 10_000;
    private static final String UNKNOWN = "";

    /** By uid. */
    private final Map<String, String> versions = Collections.synchronizedMap(new BoundedMap<>(PIPELINES));

    /** Whether the cache lacks a write, or may lack one. */
    boolean isBehind(PaftPipeline cached) {
        String uid = cached.getMetadata().getUid();
        String version = versions.get(uid);
        if (version == null) {
            return false;
        }
        if (version.equals(UNKNOWN) || isOlder(cached.getMetadata().getResourceVersion(), version)) {
            return true;
        }
        versions.remove(uid);
        return false;
    }

    /** A write goes out; should its answer be lost, nobody knows whether it was made. */
    void writing(PaftPipeline pipeline) {
        versions.put(pipeline.getMetadata().getUid(), UNKNOWN);
    }

    /** The API server has this version. */
    void stored(PaftPipeline pipeline, String version) {
        versions.put(pipeline.getMetadata().getUid(), version);
    }

    /** Versions are numbers that grow, as Kubernetes promises since 1.35 and always did with etcd. */
    private static boolean isOlder(String version, String than) {
        int digits = Integer.compare(version.length(), than.length());
        return digits < 0 || (digits == 0 && version.compareTo(than) < 0);
    }
}
