package io.paft.operator.model;

import static io.paft.api.v1alpha1.StageState.Failed;
import static io.paft.api.v1alpha1.StageState.Pending;
import static io.paft.api.v1alpha1.StageState.Running;
import static io.paft.api.v1alpha1.StageState.Succeeded;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.plan.Stage;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a status says of one stage must have been seen. */
final class StageChecks {

    static final String EXCEEDED = "PipelineDeadlineExceeded";

    private final Workspace workspace;
    private final PodFacts facts;
    private final SiblingChecks siblings;
    private final RetryChecks retries;
    private final StallChecks stalls;
    private final AttemptChecks attempts;

    StageChecks(Workspace workspace, PodFacts facts, SiblingChecks siblings) {
        this.workspace = workspace;
        this.facts = facts;
        this.siblings = siblings;
        this.retries = new RetryChecks(facts);
        this.stalls = new StallChecks(facts);
        this.attempts = new AttemptChecks(facts);
    }

    /**
     * Throws what is wrong.
     *
     * @param was what was recorded of the same result
     * @param told what is written now
     * @param all what is written of all stages
     */
    void check(
            PaftPipeline pipeline,
            Stage stage,
            @Nullable StageStatus was,
            StageStatus told,
            Map<String, StageStatus> all,
            Seen seen) {
        Violation.when(!told.key().equals(stage.key()), "tells the key", "%s", told);
        retries.check(pipeline, stage, was, told, seen);
        stalls.check(was, told, seen, stage.jobName(pipeline.getMetadata().getName()));
        siblings.waits(pipeline, told, seen);
        if (told.state() == Failed && EXCEEDED.equals(told.reason())) {
            Violation.when(pipeline.getSpec().deadline() == null && was == null, "a deadline is one", "%s", told);
            return;
        }
        boolean ended = told.state() == Succeeded || told.state() == Failed;
        if (ended && told.equals(was)) {
            return;
        }
        if (told.state() == Succeeded && told.job() == null) {
            taken(pipeline, told, all, seen);
            return;
        }
        Optional<Job> job = seen.job(stage.jobName(pipeline.getMetadata().getName()));
        boolean running = told.state() == Running || ended;
        Violation.when(
                running
                        && (job.isEmpty()
                                || !Cluster.ownedBy(
                                        job.get(), pipeline.getMetadata().getUid())),
                "speaks of its own Job",
                "%s",
                told);
        switch (told.state()) {
            case Pending -> pending(stage, was, told, all, seen);
            case Running -> running(told, job, seen);
            case Succeeded -> succeeded(told, job, seen);
            case Failed -> failed(was, told, job, seen);
            case Blocked ->
                Violation.when(
                        Stream.concat(upstream(stage, all).stream(), twins(told, all))
                                .noneMatch(StatusChecks::blocked),
                        "blocked by something",
                        "%s",
                        told);
        }
        attempts.check(told, job, seen);
    }

    /** The result of another stage that has the same key, or of another pipeline. */
    private void taken(PaftPipeline pipeline, StageStatus told, Map<String, StageStatus> all, Seen seen) {
        boolean fromTwin = twins(told, all)
                .anyMatch(twin -> twin.state() == Succeeded
                        && Objects.equals(twin.output(), told.output())
                        && (twin.job() != null
                                ? Simulation.name(pipeline).equals(told.reusedFrom())
                                : Objects.equals(twin.reusedFrom(), told.reusedFrom())));
        if (!fromTwin) {
            siblings.reused(pipeline, told, seen);
            return;
        }
        Violation.when(!Boolean.TRUE.equals(told.reused()), "says that nothing ran", "%s", told);
        Violation.when(!workspace.has(told.key()), "succeeded is complete in the workspace", "%s", told);
    }

    static Stream<StageStatus> twins(StageStatus told, Map<String, StageStatus> all) {
        return all.values().stream()
                .filter(other -> other.key().equals(told.key()) && !other.name().equals(told.name()));
    }

    private static void pending(
            Stage stage, @Nullable StageStatus was, StageStatus told, Map<String, StageStatus> all, Seen seen) {
        Violation.when(told.reason() == null || told.message() == null, "waiting has a reason", "%s", told);
        Violation.when(
                "WaitingForDependencies".equals(told.reason())
                        && upstream(stage, all).stream().allMatch(one -> one.state() == Succeeded),
                "waits for something",
                "%s",
                told);
        Violation.when(
                "WaitingForStage".equals(told.reason())
                        && twins(told, all)
                                .noneMatch(twin -> twin.state() == Running
                                        || (twin.state() == Pending && !"WaitingForStage".equals(twin.reason()))),
                "waits for one that makes it",
                "%s",
                told);
        Violation.when(
                "JobRefused".equals(told.reason())
                        && !String.valueOf(told.message()).contains(SimulatedApi.REFUSAL),
                "a refusal in the server's words",
                "%s",
                told);
        // An operator that has just begun does not know it: what was told stands until the Job is there.
        boolean known = was != null && "JobRefused".equals(was.reason());
        Violation.when(
                "JobRefused".equals(told.reason()) && seen.refused().isEmpty() && !known,
                "a refusal that was",
                "%s",
                told);
    }

    private void running(StageStatus told, Optional<Job> job, Seen seen) {
        List<Pod> pods = job.map(seen::running).orElse(List.of());
        Violation.when(
                pods.stream().noneMatch(pod -> Seen.started(pod).equals(told.startTime())),
                "running is a running pod",
                "%s of pods %s",
                told,
                pods);
        var progress = told.progress();
        if (progress != null) {
            Violation.when(
                    pods.stream().noneMatch(pod -> facts.said(pod, progress.percent())),
                    "progress was said",
                    "%s",
                    told);
        }
    }

    private void succeeded(StageStatus told, Optional<Job> job, Seen seen) {
        Violation.when(
                job.isEmpty() || !JobController.is(job.get(), "Complete"), "succeeded is a complete Job", "%s", told);
        List<Pod> pods = seen.succeeded(job.orElseThrow());
        Violation.when(pods.isEmpty(), "succeeded is a pod that exited with 0", "%s", told);
        Violation.when(!workspace.has(told.key()), "succeeded is complete in the workspace", "%s", told);
        var output = Objects.requireNonNull(told.output());
        Violation.when(
                output.digest() != null && !output.digest().equals(Workspace.digest(told.key())),
                "the output is the stage's own",
                "%s",
                told);
        Violation.when(told.progress() != null, "what is done makes no progress", "%s", told);
    }

    private void failed(@Nullable StageStatus was, StageStatus told, Optional<Job> job, Seen seen) {
        Violation.when(job.isEmpty() || !JobController.is(job.get(), "Failed"), "failed is a failed Job", "%s", told);
        Violation.when(told.reason() == null, "a failure has a reason", "%s", told);
        String why = job.orElseThrow().getStatus().getConditions().getLast().getReason();
        if (why.equals("DeadlineExceeded")) {
            Violation.when(!"DeadlineExceeded".equals(told.reason()), "a deadline is told", "%s", told);
            return;
        }
        Violation.when("DeadlineExceeded".equals(told.reason()), "a deadline is one", "%s", told);
        Violation.when(
                !seen.podsOf(job.get()).stream().allMatch(JobController::ended),
                "a failure waits for the pod's words",
                "%s",
                told);
        List<Pod> pods = seen.podsOf(job.get()).stream()
                .filter(pod ->
                        Kubelet.exitCode(pod) != null && !Integer.valueOf(0).equals(Kubelet.exitCode(pod)))
                // What the cluster took away is not why the Job failed; the pod that is may not be seen yet.
                .filter(pod -> pod.getStatus().getConditions().isEmpty())
                .toList();
        // Or stood still, and ended in any way before the operator could stop it.
        boolean stopped = pods.stream()
                .filter(pod -> !StallChecks.ownWords(Kubelet.exitCode(pod)))
                .anyMatch(pod -> facts.stopped(Simulation.name(pod)) || facts.ran(Simulation.name(pod)));
        // Or was stopped for that, as was said, and is gone before anybody saw it end.
        boolean gone = was != null
                && "NoProgress".equals(was.reason())
                && pods.stream().noneMatch(pod -> Seen.started(pod).equals(was.startTime()));
        if (pods.isEmpty() || ((stopped || gone) && "NoProgress".equals(told.reason()))) {
            return;
        }
        boolean true_ = pods.stream()
                .map(pod -> Kubelet.state(pod).getTerminated())
                .anyMatch(end -> String.valueOf(end.getMessage()).contains("\"reason\":\"" + told.reason() + "\"")
                        || told.reason().equals("ExitCode" + end.getExitCode())
                        || (told.reason().equals("OutOfMemory") && "OOMKilled".equals(end.getReason()))
                        || (told.reason().equals(Kubelet.START_ERROR)
                                && told.reason().equals(end.getReason())));
        Violation.when(
                !true_ && seen.podsOf(job.get()).stream().noneMatch(pod -> Kubelet.exitCode(pod) == null),
                "a failure in the pod's words",
                "%s",
                told);
    }

    private static List<StageStatus> upstream(Stage stage, Map<String, StageStatus> all) {
        return stage.upstream().keySet().stream().map(all::get).toList();
    }
}
