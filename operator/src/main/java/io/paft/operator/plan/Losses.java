package io.paft.operator.plan;

import io.paft.api.v1alpha1.LostAttempt;
import io.paft.operator.plan.Observation.ObservedPod;
import org.jspecify.annotations.Nullable;

/** Writes down an attempt that is lost; the ledger gives it its number. */
final class Losses {

    /** Its Job went, and took it along. */
    static final Failure JOB_DELETED = new Failure("JobDeleted", "its Job was deleted while it ran");

    /** The pipeline had no time left. */
    static final Failure OVERDUE =
            new Failure(PipelineDeadline.EXCEEDED, "the pipeline's deadline was over while it ran");

    private Losses() {}

    /** One whose pod tells how it ended. */
    static LostAttempt ended(ObservedPod.Ended pod, Failure why, boolean counted) {
        return new LostAttempt(
                0,
                why.reason(),
                why.message(),
                pod.exitCode(),
                pod.startTime(),
                pod.endTime(),
                Times.gpuSeconds(pod.gpus(), pod.startTime(), pod.endTime()),
                counted,
                pod.pod().name());
    }

    /** One that has not ended, and is certain to: what it has held until now is the least that it will have held. */
    static LostAttempt stopping(ObservedPod.Running pod, Failure why, String now) {
        return new LostAttempt(
                0,
                why.reason(),
                why.message(),
                null,
                pod.startTime(),
                null,
                Times.gpuSeconds(pod.gpus(), pod.startTime(), now),
                false,
                pod.pod().name());
    }

    /** One whose pod nobody saw end. */
    static LostAttempt missing(Failure why, String start, String end, @Nullable Long gpuSeconds, boolean counted) {
        return new LostAttempt(0, why.reason(), why.message(), null, start, end, gpuSeconds, counted, null);
    }
}
