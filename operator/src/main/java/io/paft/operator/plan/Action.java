package io.paft.operator.plan;

import io.fabric8.kubernetes.api.model.batch.v1.Job;

/** Something to do to the cluster, after the status that announces it has been written. */
public sealed interface Action {

    /** Creates a Job; one that is already there is what was wanted. */
    record CreateJob(Job job) implements Action {}

    /**
     * Deletes a Job and its pods.
     *
     * @param uid of the Job that was seen, so that a successor of the same name is never hit
     */
    record DeleteJob(String name, String uid) implements Action {}

    /**
     * Suspends a Job, whose pods the Job controller then stops, or lets it go on.
     *
     * @param uid of the Job that was seen
     */
    record SuspendJob(String name, String uid, boolean suspend) implements Action {}

    /**
     * Stops one pod of a Job, which counts as an attempt that failed.
     *
     * @param uid of the pod that was seen
     */
    record DeletePod(String name, String uid) implements Action {}
}
