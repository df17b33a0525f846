package io.paft.operator.model;

import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.jobs.Labels;
import io.paft.operator.plan.NodeKind;
import io.paft.operator.plan.Stage;
import io.paft.operator.status.StagesByName;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Several pipelines that ask for the same result: one makes it, the others say that they wait, and take what is there. */
final class SiblingChecks {

    static final String WAITING = "WaitingForPipeline";

    private final Cluster cluster;
    private final Workspace workspace;
    private final boolean alone;

    /** @param alone whether there is no other operator that could create a Job at the same moment */
    SiblingChecks(Cluster cluster, Workspace workspace, boolean alone) {
        this.cluster = cluster;
        this.workspace = workspace;
        this.alone = alone;
    }

    /** @param seen what the decision to create this Job was made on */
    void create(PaftPipeline self, Stage stage, String name, Seen seen) {
        for (PaftPipeline other : others(self, seen)) {
            Violation.when(
                    had(seen, other, stage.key()) && isUseful(other, stage) && has(other, stage.key()),
                    "what another has is not made again",
                    "Job %s is created, and pipeline %s has its result",
                    name,
                    Simulation.name(other));
            List<Job> working = cluster.jobs.all().stream()
                    .filter(job -> Cluster.ownedBy(job, other.getMetadata().getUid()))
                    .filter(job -> Labels.key(job).equals(stage.key()) && works(job))
                    .toList();
            Violation.when(
                    alone && !working.isEmpty(),
                    "one pipeline makes a result",
                    "Job %s is created beside %s",
                    name,
                    working.stream().map(Simulation::name).toList());
        }
    }

    /** A Job that was suspended goes on only where nobody else has its result by then, or works on it, as far as was known. */
    void resume(PaftPipeline self, Job job, Seen seen) {
        Violation.when(
                seen.running(job).isEmpty() && elsewhere(self, job, seen, SiblingChecks::works),
                "what another has taken over is not resumed",
                "Job %s",
                Simulation.name(job));
    }

    /** Whether another pipeline had the result of a Job, or worked on it, or has a Job for it whose end it has yet to read. */
    boolean isTakenOver(PaftPipeline self, Job job, Seen seen) {
        return elsewhere(self, job, seen, SiblingChecks::counts);
    }

    private static boolean elsewhere(PaftPipeline self, Job job, Seen seen, Predicate<Job> which) {
        String key = Labels.key(job);
        Optional<Stage> stage = Stages.of(self.getSpec()).stream()
                .flatMap(List::stream)
                .filter(one -> one.key().equals(key))
                .findFirst();
        return stage.isPresent()
                && others(self, seen).stream()
                        .anyMatch(other -> (had(seen, other, key) && isUseful(other, stage.get()))
                                || seen.everybodys().stream()
                                        .filter(theirs -> Cluster.ownedBy(
                                                theirs, other.getMetadata().getUid()))
                                        .anyMatch(theirs -> Labels.key(theirs).equals(key) && which.test(theirs)));
    }

    private static boolean works(Job job) {
        return counts(job) && !JobController.finished(job);
    }

    private static boolean counts(Job job) {
        return job.getMetadata().getDeletionTimestamp() == null
                && !job.getMetadata().getAnnotations().containsKey(Labels.SUSPENDED);
    }

    /** A stage that says it waits for another pipeline. */
    void waits(PaftPipeline self, StageStatus told, Seen seen) {
        if (!WAITING.equals(told.reason())) {
            Violation.when(told.waitsFor() != null, "waits for nobody in secret", "%s", told);
            return;
        }
        // What comes while the status is being written is heard of afterwards.
        boolean real = seen.known().stream()
                .filter(other -> Simulation.name(other).equals(told.waitsFor()))
                .anyMatch(other -> Stages.of(other.getSpec()).stream()
                                .flatMap(List::stream)
                                .anyMatch(stage -> stage.key().equals(told.key()))
                        || recorded(other, told.key()).isPresent()
                        || seen.worked(other, told.key()));
        boolean turn = seen.known().stream()
                .filter(other -> Simulation.name(other).equals(told.waitsFor()))
                .anyMatch(other -> seen.hasJob(other, told.key()) || goesFirst(other, self));
        Violation.when(!turn, "the older pipeline goes first", "%s", told);
        Violation.when(
                !real || !String.valueOf(told.message()).contains(String.valueOf(told.waitsFor())),
                "waits for a pipeline that could make it",
                "%s",
                told);
    }

    /** No two were created within one second here. */
    private static boolean goesFirst(PaftPipeline one, PaftPipeline other) {
        return one.getMetadata()
                        .getCreationTimestamp()
                        .compareTo(other.getMetadata().getCreationTimestamp())
                < 0;
    }

    /** A stage that is done because another pipeline has its result. */
    void reused(PaftPipeline self, StageStatus told, Seen seen) {
        Violation.when(!workspace.has(told.key()), "succeeded is complete in the workspace", "%s", told);
        // One that has gone meanwhile was there when the operator looked.
        boolean real = Stream.concat(others(self, seen).stream(), seen.known().stream())
                .anyMatch(other -> Simulation.name(other).equals(told.reusedFrom()) && has(other, told.key()));
        Violation.when(!real, "takes over what is there", "%s", told);
        Violation.when(told.job() != null || !Boolean.TRUE.equals(told.reused()), "nothing was run for it", "%s", told);
    }

    /** What the operator knows of the others now. */
    private static List<PaftPipeline> others(PaftPipeline self, Seen seen) {
        return seen.pipelines().all().stream()
                .filter(other ->
                        !other.getMetadata().getUid().equals(self.getMetadata().getUid()))
                .toList();
    }

    /** Whether it had a result when the operator began to decide: what comes later may come too late. */
    private static boolean had(Seen seen, PaftPipeline pipeline, String key) {
        return seen.known().stream()
                .filter(known -> known.getMetadata()
                        .getUid()
                        .equals(pipeline.getMetadata().getUid()))
                .anyMatch(known -> has(known, key));
    }

    /** A report whose numbers were lost says nothing to others. */
    private static boolean isUseful(PaftPipeline other, Stage stage) {
        return stage.node().kind() != NodeKind.REPORT || other.getStatus().result() != null;
    }

    private static boolean has(PaftPipeline pipeline, String key) {
        return recorded(pipeline, key)
                .filter(stage -> stage.state() == StageState.Succeeded)
                .isPresent();
    }

    private static Optional<StageStatus> recorded(PaftPipeline pipeline, String key) {
        return StagesByName.of(pipeline.getStatus()).values().stream()
                .filter(stage -> stage.key().equals(key))
                .findFirst();
    }
}
