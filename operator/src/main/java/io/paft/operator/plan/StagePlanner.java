package io.paft.operator.plan;

import static io.paft.api.v1alpha1.StageState.Blocked;
import static io.paft.api.v1alpha1.StageState.Failed;
import static io.paft.api.v1alpha1.StageState.Pending;
import static io.paft.api.v1alpha1.StageState.Running;
import static io.paft.api.v1alpha1.StageState.Succeeded;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.api.v1alpha1.LostAttempt;
import io.paft.api.v1alpha1.StageProgress;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.plan.Observation.ObservedJob;
import io.paft.operator.plan.Observation.ObservedPod;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The whole story of one stage: from what is recorded, what is observed and how its dependencies stand, to what is true now. */
final class StagePlanner {

    private static final Set<String> IMAGE_PULL = Set.of("ErrImagePull", "ImagePullBackOff");

    private final Stage stage;
    private final @Nullable StageStatus known;
    private final StageStatusBuilder status;
    private final AttemptStory story;
    private final Remedy remedy;
    private final Function<Stage, Job> jobs;

    /**
     * @param known what is recorded of this very result, if anything
     * @param jobs builds the Job of a stage
     */
    StagePlanner(
            Stage stage,
            String pipeline,
            StageStatusBuilder status,
            @Nullable StageStatus known,
            Function<Stage, Job> jobs) {
        this.stage = stage;
        this.known = known;
        this.status = status;
        this.story = new AttemptStory(stage.node().kind());
        this.remedy = new Remedy(pipeline);
        this.jobs = jobs;
    }

    /**
     * What is true of the stage now.
     *
     * @param attempts what is known of its attempts
     * @param now stamps what is found among the others
     */
    StageDecision plan(StageView view, Attempts attempts, Instant now) {
        if (known != null && (known.state() == Succeeded || known.state() == Failed)) {
            // Finished work is never done again, whatever became of its Job.
            return StageDecision.of(known);
        }
        return view.job() == null
                ? waitingForStages(view.upstream()).orElseGet(() -> ready(view, attempts, now))
                : withJob(view.job(), attempts);
    }

    /** Nothing keeps it from starting, but perhaps another pipeline does it, or another stage. */
    private StageDecision ready(StageView view, Attempts attempts, Instant now) {
        String busy = view.busy();
        return switch (view.standing()) {
            case Siblings.Standing.Made made -> SharedStage.reused(stage, made, now);
            case Siblings.Standing.Making making -> SharedStage.waiting(status, making);
            case Siblings.Standing.Twin twin -> SharedStage.twin(stage, status, twin, now);
            case Siblings.Standing.Open() ->
                busy == null
                        ? StageDecision.of(
                                starting(view.refusal()),
                                new Action.CreateJob(Retries.madeFor(attempts.retry(), jobs.apply(stage))))
                        : StageDecision.of(leaving(busy));
        };
    }

    /** Empty when every stage that it needs has succeeded. */
    private Optional<StageDecision> waitingForStages(Map<String, StageStatus> upstream) {
        List<StageStatus> waitingFor = stage.node().dependencies().stream()
                .map(name -> {
                    StageStatus dependency = upstream.get(name);
                    if (dependency == null) {
                        throw new IllegalStateException("stage " + stage.name() + " is planned before " + name);
                    }
                    return dependency;
                })
                .filter(dependency -> dependency.state() != Succeeded)
                .toList();
        List<StageStatus> broken = waitingFor.stream()
                .filter(dependency -> dependency.state() == Failed || dependency.state() == Blocked)
                .toList();
        if (!broken.isEmpty()) {
            return Optional.of(StageDecision.of(
                    status.of(Blocked, "DependencyFailed", "needs " + names(broken) + ", which did not succeed")));
        }
        if (!waitingFor.isEmpty()) {
            return Optional.of(
                    StageDecision.of(status.of(Pending, "WaitingForDependencies", "waits for " + names(waitingFor))));
        }
        return Optional.empty();
    }

    /** Two pods of one result are one GPU too many. */
    private StageStatus leaving(String pod) {
        if (known != null && "Starting".equals(known.reason())) {
            // Most likely the pod's Job is the one that was asked for, and is only not seen yet.
            return known;
        }
        return status.of(Pending, "Replacing", "waits until pod " + pod + " of its deleted Job has ended");
    }

    private StageStatus starting(@Nullable String refusal) {
        if (refusal != null) {
            return status.of(Pending, "JobRefused", "the API server refuses its Job: " + refusal);
        }
        if (known != null && "JobRefused".equals(known.reason())) {
            // An operator that has just begun does not know it yet: what is told stands until the Job is there.
            return known;
        }
        boolean vanished = known != null && (known.state() == Running || "Restarting".equals(known.reason()));
        return vanished
                ? status.of(Pending, "Restarting", "its Job was deleted while it ran; starting it again")
                : status.starting();
    }

    private StageDecision withJob(ObservedJob job, Attempts attempts) {
        return switch (job.state()) {
            case COMPLETE -> complete(job, attempts);
            case FAILED -> {
                String token = attempts.retry();
                if (token != null && !token.equals(job.retry())) {
                    yield makingRoom(token, job);
                }
                yield StageDecision.of(endIsOnItsWay(job) ? active(job, attempts) : failed(job, attempts));
            }
            case ACTIVE ->
                job.deleting()
                        ? StageDecision.of(status.of(Pending, "Replacing", "waits until its deleted Job is gone"))
                        : StageDecision.of(active(job, attempts));
        };
    }

    /** The Job that failed has the name of the next. */
    private StageDecision makingRoom(String token, ObservedJob job) {
        StageStatus retrying = status.retrying(token);
        return job.deleting()
                ? StageDecision.of(retrying)
                : StageDecision.of(retrying, new Action.DeleteJob(job.name(), job.uid()));
    }

    private StageDecision complete(ObservedJob job, Attempts attempts) {
        ObservedPod.Ended pod = lastEnded(job, true);
        if (pod != null) {
            Termination result = Termination.parse(pod.message()).orElse(null);
            return new StageDecision(
                    status.succeeded(job, pod, result), List.of(), result == null ? null : result.result());
        }
        if (endIsOnItsWay(job)) {
            return StageDecision.of(active(job, attempts));
        }
        // The pod went before it was read. Its manifest is in the workspace: a new pod reports it and ends at once.
        StageStatus asking = status.of(
                Pending, "ReadingResult", "the pod that finished is gone; asking the workspace for its result");
        return job.deleting()
                ? StageDecision.of(asking)
                : StageDecision.of(asking, new Action.DeleteJob(job.name(), job.uid()));
    }

    /**
     * Jobs and pods come by two watches: where a Job has ended and its newest pod has not, the news of that pod is on its way, and
     * with it the pod's own words and the time that it held its GPUs. That comes for every pod, also for one that never started:
     * the Job controller deletes what is left of a Job that fails, so the pod ends or is gone, and either of them is news.
     */
    static boolean endIsOnItsWay(ObservedJob job) {
        return !job.pods().isEmpty() && !(job.pods().getLast() instanceof ObservedPod.Ended);
    }

    private StageStatus failed(ObservedJob job, Attempts attempts) {
        if ("DeadlineExceeded".equals(job.failureReason())) {
            var wanted = stage.node().run().deadline();
            Long had = job.deadline();
            String limit = had == null ? "its deadline" : "its deadline of " + had + " s";
            boolean longer = had != null && (wanted == null || wanted.toSeconds() > had);
            return status.failed(job, "DeadlineExceeded", remedy.ofDeadline(limit, longer));
        }
        ObservedPod.Ended pod = lastEnded(job, false);
        if (pod != null) {
            Failure failure = Failure.of(pod);
            return status.failed(job, failure.reason(), remedy.of(failure, pod.exitCode()));
        }
        LostAttempt last = attempts.newest();
        if (last != null && last.counted()) {
            return status.failed(job, last.reason(), remedy.ofJob(last.message()));
        }
        String reason = job.failureReason() == null ? "JobFailed" : job.failureReason();
        return status.failed(job, reason, remedy.ofJob(job.failureMessage()));
    }

    private StageStatus active(ObservedJob job, Attempts attempts) {
        ObservedPod last = job.pods().isEmpty() ? null : job.pods().getLast();
        return switch (last) {
            case null -> between(job, attempts);
            case ObservedPod.Running running -> {
                LostAttempt stopping = running.disruption() == null ? null : attempts.newest();
                yield stopping == null
                        ? running(job, running.startTime(), running.progress())
                        : status.active(job, Running, "Disrupted", story.disrupted(stopping), running.startTime());
            }
            case ObservedPod.Waiting waiting ->
                waiting.reason() == null ? between(job, attempts) : waiting(job, waiting);
            case ObservedPod.Ended ended ->
                // The Job controller has not counted it yet.
                ended.succeeded() ? running(job, ended.startTime(), null) : between(job, attempts);
        };
    }

    /** No pod runs: the first is on its way, or the last one ended and the Job has not made the next. */
    private StageStatus between(ObservedJob job, Attempts attempts) {
        LostAttempt last = attempts.newest();
        if (last == null) {
            return status.starting();
        }
        if (!last.counted()) {
            return status.active(job, Pending, "Disrupted", story.disrupted(last), last.startTime());
        }
        int retries = job.backoffLimit() == null ? stage.node().run().retries() : job.backoffLimit();
        int counted = attempts.counted();
        if (counted > retries || ExitCodes.hopeless(last.exitCode()) || job.failureReason() != null) {
            String told = AttemptStory.last(last, counted, retries + 1);
            return status.active(job, Pending, "Ending", told, last.startTime());
        }
        return status.active(
                job, Pending, "Retrying", AttemptStory.retried(last, counted, retries + 1), last.startTime());
    }

    private StageStatus running(ObservedJob job, @Nullable String startTime, @Nullable Progress progress) {
        return status.active(job, Running, null, null, startTime)
                .withProgress(ProgressStatus.of(progress, recorded(startTime)));
    }

    /** Of another pod than the one that started then, what is recorded says nothing. */
    private @Nullable StageProgress recorded(@Nullable String startTime) {
        return known != null && known.state() == Running && Objects.equals(known.startTime(), startTime)
                ? known.progress()
                : null;
    }

    private StageStatus waiting(ObservedJob job, ObservedPod.Waiting waiting) {
        if (!IMAGE_PULL.contains(waiting.reason())) {
            return status.active(job, Pending, waiting.reason(), waiting.message());
        }
        // The kubelet alternates between the error and the pause after it; the error is what a person needs, once.
        String told = known != null && "ImagePullBackOff".equals(known.reason()) ? known.message() : null;
        return status.active(job, Pending, "ImagePullBackOff", told == null ? waiting.message() : told);
    }

    private static ObservedPod.@Nullable Ended lastEnded(ObservedJob job, boolean success) {
        ObservedPod.Ended last = null;
        for (ObservedPod pod : job.pods()) {
            if (pod instanceof ObservedPod.Ended ended
                    && ended.succeeded() == success
                    && (success || ended.disruption() == null)) {
                last = ended;
            }
        }
        return last;
    }

    private static String names(List<StageStatus> stages) {
        return stages.stream().map(StageStatus::name).collect(Collectors.joining(", "));
    }
}
