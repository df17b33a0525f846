package io.paft.operator.model;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.plan.Stage;
import io.paft.operator.status.StagesByName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
        this(world, coverage, dice.any(FAULTS), dice.oneIn(2) ? 1 + dice.below(REQUESTS) : NEVER);
    }

    private Calm(Simulation world, Coverage coverage, SimulatedApi.Fault fault, int requests) {
        this.world = world;
        this.coverage = coverage;
        this.fault = fault;
        this.requests = requests;
    }

    /** One in which no request goes wrong. */
    static Calm quiet(Simulation world, Coverage coverage) {
        return new Calm(world, coverage, SimulatedApi.Fault.UNAVAILABLE, NEVER);
    }

    /** Lets everything go on for so many steps, or until nothing moves. */
    void move(int steps) {
        for (int i = 0; i < steps && move(); i++) {
            coverage.countCalm();
        }
    }

    void settle(Obstacle first) {
        if (first != Obstacle.NONE) {
            obstacle = first;
            rest();
            world.people.forEach(person -> toldWhy(person.pipeline()));
            obstacle = Obstacle.NONE;
        }
        rest();
        requests = NEVER;
        var arrival = new Arrival(world);
        world.people.forEach(arrival::check);
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
            if (!move() && !(obstacle == Obstacle.NONE && hangingGoesOn())) {
                return;
            }
            coverage.countCalm();
        }
        throw new Violation("comes to rest", "after %d steps in calm something still moves".formatted(LIMIT));
    }

    /**
     * What hangs and is stopped by nobody goes on at last. Whoever may not stand still, and was heard by the operator that listens,
     * must have been stopped.
     */
    private boolean hangingGoesOn() {
        for (Pod pod : world.cluster.pods.all()) {
            if (world.kubelet.hangs(pod) && Kubelet.running(pod)) {
                boolean watched =
                        timeout(pod) != null && world.operators.getFirst().heard(pod);
                Violation.when(watched, "a stall is noticed", "pod %s hangs", Simulation.name(pod));
                return world.kubelet.goOn(pod);
            }
        }
        return false;
    }

    private @Nullable Duration timeout(Pod pod) {
        PaftPipeline pipeline = world.cluster.pipelines.get(Cluster.pipelineOf(pod));
        return pipeline == null || pipeline.isMarkedForDeletion()
                ? null
                : Stages.of(pipeline.getSpec()).stream()
                        .flatMap(List::stream)
                        .filter(stage -> stage.key().equals(Kubelet.key(pod)))
                        .map(stage -> stage.node().run().stallTimeout())
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElse(null);
    }

    /** Whatever could start but for the obstacle says so, or waits for a pipeline that says so. */
    private void toldWhy(@Nullable PaftPipeline pipeline) {
        boolean suspended =
                pipeline != null && Boolean.TRUE.equals(pipeline.getSpec().suspend());
        if (pipeline == null || suspended || Stages.of(pipeline.getSpec()).isEmpty()) {
            return;
        }
        Map<String, StageStatus> told = StagesByName.of(pipeline.getStatus());
        for (Stage stage : Stages.of(pipeline.getSpec()).orElseThrow()) {
            StageStatus status = told.get(stage.name());
            boolean hangs = world.cluster.pods.all().stream()
                    .anyMatch(
                            pod -> world.kubelet.hangs(pod) && Kubelet.key(pod).equals(stage.key()));
            boolean open = status.state() == StageState.Pending || (status.state() == StageState.Running && !hangs);
            boolean ready = stage.upstream().keySet().stream()
                    .allMatch(before -> told.get(before).state() == StageState.Succeeded);
            String words = obstacle == Obstacle.QUOTA ? SimulatedApi.REFUSAL : Kubelet.UNSCHEDULABLE;
            boolean follows = "WaitingForStage".equals(status.reason());
            Violation.when(
                    open
                            && ready
                            && !follows
                            && !SiblingChecks.WAITING.equals(status.reason())
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
            for (Person person : world.people) {
                if (operator.due(person.name)) {
                    world.reconcile(operator, person.name);
                    return true;
                }
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
        long wait = Duration.between(world.cluster.now(), next).toMillis();
        world.cluster.pass(Math.max(0, wait));
        return true;
    }

    /** Where nothing happens, nothing is written. */
    private void silent() {
        int pipelines = world.cluster.pipelines.size();
        int jobs = world.cluster.jobs.size();
        for (OperatorProcess operator : world.operators) {
            awake().forEach(person -> operator.reconcile(person.name));
            awake().forEach(person -> operator.reconcile(person.name));
        }
        if (pipelines < world.cluster.pipelines.size()) {
            var change = world.cluster.pipelines.change(pipelines);
            throw new Violation(
                    "silent when nothing happens",
                    "at rest %s became %s"
                            .formatted(
                                    change.before() == null
                                            ? null
                                            : change.before().getStatus(),
                                    change.after() == null
                                            ? null
                                            : change.after().getStatus()));
        }
        Violation.when(jobs != world.cluster.jobs.size(), "silent when nothing happens", "a Job was written at rest");
    }

    /** A pipeline that is suspended learns only when it goes on what another one has made meanwhile. */
    private List<Person> awake() {
        return world.people.stream()
                .filter(person -> world.people.size() == 1 || !person.suspends())
                .toList();
    }
}
