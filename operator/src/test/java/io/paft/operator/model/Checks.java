package io.paft.operator.model;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.jobs.Labels;
import io.paft.operator.plan.Stage;
import io.paft.operator.status.StagesByName;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Watches over what one operator asks of the API server. */
final class Checks {

    private final Workspace workspace;
    private final StatusChecks statuses;
    private final SiblingChecks siblings;
    private final StallChecks stalls;
    private final boolean alone;
    private @Nullable Seen seen;
    private @Nullable PaftPipeline read;
    private @Nullable PaftPipelineStatus announced;
    private long news = 1;
    private long writes;

    /** @param alone whether no other operator writes the same statuses */
    Checks(Cluster cluster, Workspace workspace, PodFacts facts, boolean alone) {
        this.workspace = workspace;
        this.siblings = new SiblingChecks(cluster, workspace, alone);
        this.stalls = new StallChecks(facts);
        this.statuses = new StatusChecks(workspace, facts, siblings);
        this.alone = alone;
    }

    /** Something happened that a status may have to tell. */
    void news() {
        news++;
    }

    void observed(Seen now) {
        seen = now;
        read = null;
    }

    private Seen seen() {
        return Objects.requireNonNull(seen, "nothing was observed");
    }

    void read(@Nullable PaftPipeline live) {
        read = live;
        seen = seen().reading();
        announced = live == null ? null : live.getStatus();
    }

    void status(PaftPipeline stored, PaftPipelineStatus status) {
        writes++;
        Violation.when(alone && writes > news, "writes have a cause", "write %d after %d pieces of news", writes, news);
        statuses.check(stored, status, seen());
        announced = status;
    }

    void create(Job job) {
        String name = job.getMetadata().getName();
        PaftPipeline live = basis("creates " + name);
        Stage stage = wanted(live, name)
                .orElseThrow(() -> new Violation("only what is wanted", "Job %s is created".formatted(name)));
        Violation.when(Boolean.TRUE.equals(live.getSpec().suspend()), "suspended starts nothing", "Job %s", name);
        StageStatus told = StagesByName.of(announced).get(stage.name());
        var recorded = StagesByName.of(live.getStatus()).get(stage.name());
        boolean asked = told != null && RetryChecks.anew(recorded, told);
        Violation.when(
                recorded != null
                        && !(asked && recorded.state() == StageState.Failed)
                        && recorded.key().equals(stage.key())
                        && (recorded.state() == StageState.Succeeded || recorded.state() == StageState.Failed)
                        && !StageChecks.EXCEEDED.equals(recorded.reason()),
                "finished is finished",
                "Job %s is created, although the status says %s",
                name,
                recorded);
        Violation.when(
                told == null
                        || !told.key().equals(stage.key())
                        || told.state() != StageState.Pending
                        || "WaitingForDependencies".equals(told.reason())
                        || SiblingChecks.WAITING.equals(told.reason()),
                "the status says it first",
                "Job %s is created, and the status says %s",
                name,
                told);
        RetryChecks.create(job, told);
        siblings.create(live, stage, name, seen());
        stage.upstream()
                .values()
                .forEach(before -> Violation.when(
                        !workspace.has(before.key()),
                        "inputs are complete",
                        "%s starts without %s",
                        name,
                        before.name()));
        Violation.when(
                seen().jobs().stream()
                        .filter(other -> other.getMetadata().getDeletionTimestamp() == null)
                        .filter(other -> !JobController.finished(other))
                        .map(other -> other.getMetadata().getName())
                        .anyMatch(other -> !other.equals(name)
                                && wanted(live, other)
                                        .filter(twin -> twin.key().equals(stage.key()))
                                        .isPresent()),
                "one Job per result",
                "Job %s is created beside another one of the same key",
                name);
        for (Pod pod : seen().pods()) {
            Violation.when(
                    Kubelet.running(pod) && Kubelet.key(pod).equals(stage.key()),
                    "one pod per result",
                    "Job %s is created while pod %s runs for the same result",
                    name,
                    pod.getMetadata().getName());
        }
        Violation.when(!Cluster.ownedBy(job, live.getMetadata().getUid()), "owned", "Job %s has another owner", name);
    }

    void delete(Job stored) {
        String name = stored.getMetadata().getName();
        PaftPipeline live = basis("deletes " + name);
        Optional<Job> known = seen().job(name);
        Violation.when(
                known.isEmpty()
                        || !known.get()
                                .getMetadata()
                                .getUid()
                                .equals(stored.getMetadata().getUid()),
                "deletes only what it saw",
                "Job %s (%s)",
                name,
                stored.getMetadata().getUid());
        boolean unread = JobController.is(known.get(), "Complete")
                && seen().succeeded(known.get()).isEmpty();
        Violation.when(
                wanted(live, name).isPresent()
                        && !unread
                        && !exceeded(live, name)
                        && !(known.get().getMetadata().getAnnotations().containsKey(Labels.SUSPENDED)
                                && siblings.isTakenOver(live, known.get(), seen()))
                        && !RetryChecks.makesRoom(known.get(), announced(live, name)),
                "deletes only what is not wanted",
                "Job %s",
                name);
    }

    void suspend(Job stored, boolean suspend) {
        PaftPipeline live = basis("suspends " + stored.getMetadata().getName());
        boolean known = seen().job(stored.getMetadata().getName())
                .filter(job ->
                        job.getMetadata().getUid().equals(stored.getMetadata().getUid()))
                .isPresent();
        Violation.when(
                !known,
                "suspends only what it saw",
                "Job %s",
                stored.getMetadata().getName());
        if (!suspend) {
            siblings.resume(live, seen().job(stored.getMetadata().getName()).orElse(stored), seen());
        }
        Violation.when(
                suspend != Boolean.TRUE.equals(live.getSpec().suspend()),
                "suspends when it is told to",
                "Job %s, suspend: %s",
                stored.getMetadata().getName(),
                suspend);
    }

    /** The operator sees for itself that a pod runs. */
    void runs(Pod live) {
        stalls.runs(live);
    }

    /** @param read the pod as the operator read it just now */
    void stop(Pod read, Pod stored) {
        PaftPipeline live = basis("stops pod " + read.getMetadata().getName());
        Optional<Stage> stage = Stages.of(live.getSpec()).stream()
                .flatMap(List::stream)
                .filter(one -> one.key().equals(Kubelet.key(stored)))
                .findFirst();
        StageStatus told =
                stage.map(one -> StagesByName.of(announced).get(one.name())).orElse(null);
        stalls.stop(stage, told, stored, seen());
    }

    /** What a decision was made on; anything done without having looked is wrong. */
    private PaftPipeline basis(String what) {
        Violation.when(read == null, "looks before it acts", what);
        return Objects.requireNonNull(read);
    }

    /** Whether the status just written says that the pipeline's deadline stopped it. */
    private boolean exceeded(PaftPipeline live, String job) {
        StageStatus told = announced(live, job);
        return told != null && StageChecks.EXCEEDED.equals(told.reason());
    }

    /** What the status just written says of the stage of a Job. */
    private @Nullable StageStatus announced(PaftPipeline live, String job) {
        return wanted(live, job)
                .map(stage -> StagesByName.of(announced).get(stage.name()))
                .orElse(null);
    }

    private static Optional<Stage> wanted(PaftPipeline pipeline, String job) {
        return Stages.of(pipeline.getSpec()).stream()
                .flatMap(List::stream)
                .filter(stage -> stage.jobName(pipeline.getMetadata().getName()).equals(job))
                .findFirst();
    }
}
