package io.paft.operator.plan;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.plan.Observation.ObservedJob;
import io.paft.operator.status.RetryRequest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tries failed stages again when a person asks for it. The request goes into the stage's status in the write that records it as
 * dealt with, and onto the Job that is made for it: a failed Job without it is one of before.
 */
final class Retries {

    private final @Nullable String request;

    Retries(PaftPipeline pipeline) {
        this.request = RetryRequest.open(pipeline).orElse(null);
    }

    /** A failed stage as one that starts again; empty when nobody asks for that. */
    Optional<StageStatus> again(StageStatus status, @Nullable ObservedJob job, StageStatusBuilder builder) {
        if (request == null || status.state() != StageState.Failed) {
            return Optional.empty();
        }
        if (job != null && request.equals(job.retry())) {
            // Its Job was made for this very request: that was the retry, whatever the status remembers of it.
            return Optional.empty();
        }
        return Optional.of(builder.retrying(request)
                .withAttempts(status.attempts(), status.gpuSeconds(), status.lost(), status.gpuSecondsLost(), request));
    }

    /** Nobody else may mark a Job so: an annotation among a person's pod settings would pass for a request. */
    static Job madeFor(@Nullable String request, Job job) {
        var metadata = job.edit().editMetadata();
        return request == null
                ? metadata.removeFromAnnotations(RetryRequest.ANNOTATION)
                        .endMetadata()
                        .build()
                : metadata.addToAnnotations(RetryRequest.ANNOTATION, request)
                        .endMetadata()
                        .build();
    }
}
