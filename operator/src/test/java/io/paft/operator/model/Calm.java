package io.paft.operator.model;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.plan.Stage;
import io.paft.operator.status.StagesByName;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets everything go on without faults until nothing moves, and then looks whether the pipeline is where it belongs. Sometimes
 * one obstacle stays for a while first: then the status must say what it is. Sometimes one single request goes wrong: nothing
 * else will wake an operator that makes nothing of it.
 */
final class Calm {

    /** What may stand in the way of everything new. */
    enum Obstacle {
        NONE,
        /** The API server refuses every new Job. */
        QUOTA,
        /** No node has room for a pod. */
        NO_ROOM
    }

    private static final List<SimulatedApi.Fault> FAULTS =
            List.of(SimulatedApi.Fault.UNAVAILABLE, SimulatedApi.Fault.ANSWER_LOST, SimulatedApi.Fault.QUOTA_CONFLICT);

    /** Requests among which the one that goes wrong is found: about as many as a pipeline takes. */
    private static final int REQUESTS = 40;

    /** Requests that the creation of a Job takes with all before it. */
    private static final int CREATION = 4;

    private static final int NEVER = Integer.MAX_VALUE;

    private static final int LIMIT = 2000;

    /** An operator that only tries again, and nothing comes of it. */
    private static final int WAITS = 3;

    private final Simulation world;
    private final Coverage coverage;
    private Obstacle obstacle = Obstacle.NONE;
    private final SimulatedApi.Fault fault;
    private int requests;
    private int waits;

    Calm(Simulation world, Coverage coverage, Dice dice) {
        this.world = world;
        this.coverage = coverage;
        this.fault = dice.any(FAULTS);
        this.requests = dice.oneIn(2) ? 1 + dice.below(REQUESTS) : NEVER;
    }

    void settle(Obstacle first) {
        if (first != Obstacle.NONE) {
            obstacle = first;
            rest();
            toldWhy();
            obstacle = Obstacle.NONE;
        }
        rest();
        requests = NEVER;
        arrived();
        silent();
    }

    /** What becomes of the next request. */
    SimulatedApi.@Nullable Fault fault() {
        if (obstacle == Obstacle.QUOTA) {
            return SimulatedApi.Fault.REFUSED;
        }
        requests--;
        // What is for new Jobs only waits until one may be asked for.
        int patience = fault == SimulatedApi.Fault.QUOTA_CONFLICT ? CREATION : 1;
        boolean now = requests <= 0 && requests > -patience;
        if (now) {
            world.say("the next request: %s", fault);
        }
        return now ? fault : null;
    }

    private void rest() {
        waits = 0;
        for (int i = 0; i < LIMIT; i++) {
            if (!move()) {
                return;
            }
            coverage.countCalm();
        }
        throw new Violation("comes to rest", "after %d steps in calm something still moves".formatted(LIMIT));
    }

    /** Whatever could start but for the obstacle says so. */
    private void toldWhy() {
        PaftPipeline pipeline = world.person.pipeline();
        boolean suspended =
                pipeline != null && Boolean.TRUE.equals(pipeline.getSpec().suspend());
        if (pipeline == null || suspended || Stages.of(pipeline.getSpec()).isEmpty()) {
            return;
        }
        Map<String, StageStatus> told = StagesByName.of(pipeline.getStatus());
        for (Stage stage : Stages.of(pipeline.getSpec()).orElseThrow()) {
            StageStatus status = told.get(stage.name());
            boolean open = status.state() == StageState.Pending || status.state() == StageState.Running;
            boolean ready = stage.upstream().keySet().stream()
                    .allMatch(before -> told.get(before).state() == StageState.Succeeded);
            String words = obstacle == Obstacle.QUOTA ? SimulatedApi.REFUSAL : Kubelet.UNSCHEDULABLE;
            boolean follows = "WaitingForStage".equals(status.reason());
            Violation.when(
                    open
                            && ready
                            && !follows
                            && !String.valueOf(status.message()).contains(words),
                    "says why it waits",
                    "%s, and %s",
                    obstacle,
                    status);
        }
    }

    /** One step of whoever has something to do; false when nobody has. */
    private boolean move() {
        world.cluster.pass(500);
        for (OperatorProcess operator : world.operators) {
            if (operator.behind() > 0) {
                operator.catchUp();
                return true;
            }
            if (operator.due(Simulation.PIPELINE)) {
                world.say("operator %d reconciles", operator.number);
                operator.reconcile(Simulation.PIPELINE);
                return true;
            }
        }
        for (Job job : world.cluster.jobs.all()) {
            if (world.jobs.sync(job)) {
                world.say("Job controller: %s", Simulation.name(job));
                return true;
            }
        }
        for (Pod pod : world.cluster.pods.all()) {
            if (!JobController.ended(pod) && goOn(pod)) {
                world.say("pod %s goes on", Simulation.name(pod));
                return true;
            }
        }
        List<Runnable> collection = world.collector.work();
        if (!collection.isEmpty()) {
            collection.getFirst().run();
            return true;
        }
        return passUntilNextTimer();
    }

    private boolean goOn(Pod pod) {
        boolean unplaced = Kubelet.state(pod) == null && pod.getMetadata().getDeletionTimestamp() == null;
        if (obstacle == Obstacle.NO_ROOM && unplaced) {
            boolean told = !pod.getStatus().getConditions().isEmpty();
            if (!told) {
                world.kubelet.unschedulable(pod);
            }
            return !told;
        }
        return world.kubelet.advance(pod, null);
    }

    private boolean passUntilNextTimer() {
        if (obstacle != Obstacle.NONE && ++waits > WAITS) {
            return false;
        }
        Instant next = world.operators.stream()
                .map(OperatorProcess::nextTimer)
                .filter(Objects::nonNull)
                .min(Instant::compareTo)
                .orElse(null);
        if (next == null) {
            return false;
        }
        long wait = java.time.Duration.between(world.cluster.now(), next).toMillis();
        world.cluster.pass(Math.max(0, wait));
        return true;
    }

    /** Every stage is done, or failed for a reason that was, or needs one that did. */
    private void arrived() {
        PaftPipeline pipeline = world.person.pipeline();
        if (pipeline == null) {
            Violation.when(
                    !world.cluster.jobs.all().isEmpty()
                            || !world.cluster.pods.all().isEmpty(),
                    "leaves nothing behind",
                    "%s",
                    world.cluster.jobs.all());
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
                suspended && world.cluster.pods.all().stream().anyMatch(pod -> !JobController.ended(pod)),
                "suspended runs nothing",
                "%s",
                pipeline.getStatus().stages());
        Optional<List<Stage>> wanted = Stages.of(pipeline.getSpec());
        if (wanted.isEmpty()) {
            return;
        }
        for (Stage stage : wanted.get()) {
            ended(stage, told, suspended);
        }
        for (Job job : world.cluster.jobs.all()) {
            Violation.when(
                    wanted.get().stream()
                            .noneMatch(
                                    stage -> stage.jobName(Simulation.PIPELINE).equals(Simulation.name(job))),
                    "leaves nothing behind",
                    "Job %s",
                    Simulation.name(job));
        }
    }

    private void ended(Stage stage, Map<String, StageStatus> told, boolean suspended) {
        StageStatus status = told.get(stage.name());
        boolean blocked = stage.upstream().keySet().stream()
                .map(told::get)
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
        // A pod that nobody has a time for is there for as long as nothing removes it. Of a stage that was through by then the last
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

    /** Where nothing happens, nothing is written. */
    private void silent() {
        int before = world.cluster.pipelines.size() + world.cluster.jobs.size();
        for (OperatorProcess operator : world.operators) {
            operator.reconcile(Simulation.PIPELINE);
            operator.reconcile(Simulation.PIPELINE);
        }
        Violation.when(
                before != world.cluster.pipelines.size() + world.cluster.jobs.size(),
                "silent when nothing happens",
                "something was written at rest");
    }
}
