package io.paft.operator.model;

import static io.paft.api.v1alpha1.StageState.Failed;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.plan.Stage;
import io.paft.operator.status.RetryRequest;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A person's request for another try: heard, of what has failed and of nothing else, and once. */
final class RetryChecks {

    private final PodFacts facts;

    RetryChecks(PodFacts facts) {
        this.facts = facts;
    }

    /** Whether a stage has been asked to try again since. */
    static boolean anew(@Nullable StageStatus was, StageStatus told) {
        return told.retry() != null && !told.retry().equals(was == null ? null : was.retry());
    }

    /** Of the status of a spec that makes a pipeline. */
    static void dealtWith(PaftPipeline stored, PaftPipelineStatus status) {
        String asked = Person.asked(stored);
        String right = asked == null ? before(stored) : asked;
        Violation.when(
                !Objects.equals(status.retry(), right),
                "deals with a request when it sees it",
                "%s, not %s",
                status.retry(),
                right);
    }

    /** @param was what was recorded of the same result */
    void check(PaftPipeline stored, Stage stage, @Nullable StageStatus was, StageStatus told, Seen seen) {
        String asked = Person.asked(stored);
        boolean open = asked != null && !asked.equals(before(stored));
        boolean wasFailed = was != null && was.state() == Failed;
        if (!anew(was, told)) {
            Violation.when(
                    open && wasFailed && !StageChecks.EXCEEDED.equals(was.reason()),
                    "a request reaches what has failed",
                    "%s, and %s",
                    asked,
                    told);
            return;
        }
        Violation.when(
                !open || !told.retry().equals(asked),
                "tries again only when it is asked to",
                "%s, asked for %s after %s",
                told,
                asked,
                before(stored));
        // A deadline that is over stops a stage in the very moment that it is asked to try again.
        boolean failed = wasFailed
                || StageChecks.EXCEEDED.equals(told.reason())
                || seen.job(stage.jobName(stored.getMetadata().getName()))
                        .filter(job -> JobController.is(job, "Failed"))
                        .isPresent();
        Violation.when(!failed, "only what has failed is tried again", "%s became %s", was, told);
        String use = String.join(" ", stored.getMetadata().getUid(), told.key(), told.retry());
        Violation.when(!facts.use(use), "a request is used once", "%s", told);
    }

    /** The Job that is created is the one of the request, so that it is known again when it fails. */
    static void create(Job job, StageStatus told) {
        var annotations = job.getMetadata().getAnnotations();
        String madeFor = annotations == null ? null : annotations.get(RetryRequest.ANNOTATION);
        Violation.when(
                !Objects.equals(madeFor, told.retry()),
                "a Job knows its request",
                "Job %s of %s, and the status says %s",
                job.getMetadata().getName(),
                madeFor,
                told.retry());
    }

    /** Whether a Job has failed before the request that its stage is tried again for. */
    static boolean makesRoom(Job job, @Nullable StageStatus told) {
        var annotations = job.getMetadata().getAnnotations();
        String madeFor = annotations == null ? null : annotations.get(RetryRequest.ANNOTATION);
        return JobController.is(job, "Failed")
                && told != null
                && told.retry() != null
                && !told.retry().equals(madeFor);
    }

    /** At rest. */
    static void heard(PaftPipeline pipeline) {
        String asked = Person.asked(pipeline);
        Violation.when(
                asked != null && !asked.equals(before(pipeline)),
                "hears every request",
                "asked for %s, dealt with %s",
                asked,
                before(pipeline));
    }

    private static @Nullable String before(PaftPipeline pipeline) {
        return pipeline.getStatus() == null ? null : pipeline.getStatus().retry();
    }
}
