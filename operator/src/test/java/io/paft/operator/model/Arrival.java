package io.paft.operator.model;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.jobs.Labels;
import io.paft.operator.plan.Stage;
import io.paft.operator.status.StagesByName;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Where a pipeline must be once nothing moves any more. */
final class Arrival {

    private final Simulation world;

    Arrival(Simulation world) {
        this.world = world;
    }

    /** Every stage is done, or failed for a reason that was, or needs one that did. */
    void check(Person person) {
        PaftPipeline pipeline = person.pipeline();
        List<Job> jobs = world.cluster.jobs.all().stream()
                .filter(job -> person.name.equals(Cluster.pipelineOf(job)))
                .toList();
        List<Pod> pods = world.cluster.pods.all().stream()
                .filter(pod -> person.name.equals(Cluster.pipelineOf(pod)))
                .toList();
        if (pipeline == null) {
            Violation.when(!jobs.isEmpty() || !pods.isEmpty(), "leaves nothing behind", "%s", jobs);
            return;
        }
        Violation.when(pipeline.getStatus() == null, "says something", "no status");
        Violation.when(
                !Objects.equals(
                        pipeline.getStatus().observedGeneration(),
                        pipeline.getMetadata().getGeneration()),
                "sees every edit",
                "generation %s, observed %s",
                pipeline.getMetadata().getGeneration(),
                pipeline.getStatus().observedGeneration());
        Map<String, StageStatus> told = StagesByName.of(pipeline.getStatus());
        boolean suspended = Boolean.TRUE.equals(pipeline.getSpec().suspend());
        // Also where the spec makes no pipeline.
        Violation.when(
                suspended && pods.stream().anyMatch(pod -> !JobController.ended(pod)),
                "suspended runs nothing",
                "%s",
                pipeline.getStatus().stages());
        Optional<List<Stage>> wanted = Stages.of(pipeline.getSpec());
        if (wanted.isEmpty()) {
            return;
        }
        RetryChecks.heard(pipeline);
        for (Stage stage : wanted.get()) {
            ended(stage, told, suspended);
        }
        for (Job job : jobs) {
            Violation.when(
                    wanted.get().stream()
                            .noneMatch(stage -> stage.jobName(person.name).equals(Simulation.name(job))),
                    "leaves nothing behind",
                    "Job %s",
                    Simulation.name(job));
            wanted.get().stream()
                    .filter(stage -> stage.key().equals(Labels.key(job)))
                    .forEach(stage -> new StallChecks(world.facts)
                            .told(told.get(stage.name()), job.getMetadata().getUid()));
        }
    }

    private void ended(Stage stage, Map<String, StageStatus> told, boolean suspended) {
        StageStatus status = told.get(stage.name());
        boolean blocked = Stream.concat(
                        stage.upstream().keySet().stream().map(told::get), StageChecks.twins(status, told))
                .anyMatch(before -> before.state() == StageState.Failed || before.state() == StageState.Blocked);
        boolean right = switch (status.state()) {
            case Succeeded -> world.workspace.has(stage.key());
            // That it was for a true reason was checked when it was written.
            case Failed -> true;
            case Blocked -> blocked;
            case Pending ->
                suspended
                        && Set.of("Suspended", "WaitingForDependencies", "WaitingForStage")
                                .contains(String.valueOf(status.reason()));
            case Running -> false;
        };
        Violation.when(!right, "arrives", "in calm %s stays %s", stage.name(), status);
        // A pod that nobody has a time for is there for as long as nothing removes it. Of a stage that was through by
        // then the last
        // word was said, unless the pipeline's deadline ended it before its pod.
        boolean through = status.state() == StageState.Succeeded
                || (status.state() == StageState.Failed && !StageChecks.EXCEEDED.equals(status.reason()));
        Violation.when(
                !through
                        && status.lost() != null
                        && status.lost().stream()
                                .filter(attempt -> attempt.endTime() == null)
                                .anyMatch(attempt ->
                                        attempt.pod() == null || world.cluster.pods.get(attempt.pod()) == null),
                "what was stopped has ended",
                "in calm %s stays %s",
                stage.name(),
                status.lost());
    }
}
