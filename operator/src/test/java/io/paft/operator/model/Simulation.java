package io.paft.operator.model;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One small world: a cluster, a person, one or two operators; takes one step at a time. */
final class Simulation {

    private static final List<String> NAMES = List.of("tiny", "twin");

    private static final int UNASKED = 20;

    /** How seldom one of two pipelines goes before everything comes to rest. */
    private static final int LEAVES = 6;

    /** About as many as two pipelines take. */
    private static final int QUIET_MOVES = 250;

    final Cluster cluster = new Cluster();
    final Workspace workspace = new Workspace();
    final PodFacts facts = new PodFacts();
    final JobController jobs = new JobController(cluster, facts);
    final Kubelet kubelet = new Kubelet(cluster, workspace);
    final GarbageCollector collector = new GarbageCollector(cluster, facts);
    final List<Person> people;
    final List<OperatorProcess> operators = new ArrayList<>();
    private final Script script;
    private final Coverage coverage;
    private final Trace trace;
    private final Happenings happenings = new Happenings(this);
    private @Nullable Calm calm;

    /** A world as it begins, in which nothing has happened yet. */
    Simulation(ModelCheck.Beginning beginning, Script script, Coverage coverage, Consumer<String> trace) {
        this.script = script;
        this.coverage = coverage;
        this.trace = new Trace(trace, coverage == Coverage.NONE);
        this.people = NAMES.subList(0, beginning.pipelines()).stream()
                .map(name -> new Person(cluster, name, beginning.first()))
                .toList();
        boolean alone = beginning.operators() == 1;
        for (int i = 0; i < beginning.operators(); i++) {
            this.operators.add(new OperatorProcess(
                    i, cluster, name -> new Checks(cluster, workspace, facts, alone), this::before));
        }
    }

    /** Takes every step of the script. */
    void run() {
        Step step;
        while ((step = script.next(false)) != null) {
            take(step);
        }
    }

    /** Before a request of an operator: the world moves on until the request goes out. */
    private SimulatedApi.@Nullable Fault before(OperatorProcess operator) {
        if (calm != null) {
            return calm.fault();
        }
        Step step;
        while ((step = script.next(true)) != null) {
            switch (step.kind()) {
                case PROCEED -> {
                    script.taken(step, true);
                    return null;
                }
                case UNAVAILABLE, ANSWER_LOST, REFUSED, QUOTA_CONFLICT -> {
                    taken(step, true);
                    say("the next request: %s", step.kind());
                    return SimulatedApi.Fault.valueOf(step.kind().name());
                }
                case CRASH -> {
                    taken(step, true);
                    say("operator %d crashes", operator.number);
                    throw new OperatorProcess.Crash();
                }
                default -> take(step);
            }
        }
        return null;
    }

    private void taken(Step step, boolean possible) {
        script.taken(step, possible);
        if (possible) {
            coverage.count(step.kind(), cluster.pipelines.all());
        }
    }

    private void take(Step step) {
        Dice dice = new Dice(step.seed());
        cluster.pass(dice.below(3000));
        if (step.kind() == StepKind.RECONCILE || step.kind() == StepKind.CALM || step.kind() == StepKind.QUIET) {
            List<Runnable> due = due(step.kind(), dice);
            taken(step, !due.isEmpty());
            if (!due.isEmpty()) {
                dice.any(due).run();
            }
            return;
        }
        taken(step, happenings.take(step.kind(), dice));
    }

    /** An operator looks when something woke it; sometimes without, as it does every few minutes. */
    private List<Runnable> due(StepKind kind, Dice dice) {
        List<OperatorProcess> idle =
                operators.stream().filter(one -> !one.busy()).toList();
        if (kind == StepKind.CALM || kind == StepKind.QUIET) {
            Runnable rest = kind == StepKind.CALM ? () -> calm(dice) : () -> quiet(dice);
            return idle.size() < operators.size() ? List.of() : List.of(rest);
        }
        boolean anyway = dice.oneIn(UNASKED);
        var due = new ArrayList<Runnable>();
        for (OperatorProcess operator : idle) {
            people.stream()
                    .filter(person -> anyway || operator.due(person.name))
                    .forEach(person -> due.add(() -> reconcile(operator, person.name)));
        }
        return due;
    }

    private void quiet(Dice dice) {
        calm = Calm.quiet(this, coverage);
        calm.move(dice.below(QUIET_MOVES));
        calm = null;
    }

    private void calm(Dice dice) {
        if (operators.size() > 1) {
            // Two that work at once and do not agree what time it is undo each other's deadlines for ever; an election
            // is there for that.
            operators.forEach(operator -> operator.skew(Duration.ZERO));
        }
        if (people.size() > 1 && dice.oneIn(LEAVES)) {
            // Whoever waits for it must hear of it, though nobody applies it again.
            Person leaving = dice.any(people);
            happenings.delete(leaving, dice);
        }
        calm = new Calm(this, coverage, dice);
        trace.hold();
        try {
            calm.settle(dice.oneIn(4) ? dice.any(List.of(Calm.Obstacle.values())) : Calm.Obstacle.NONE);
        } catch (Violation violation) {
            trace.tell();
            throw violation;
        }
        calm = null;
        trace.forget();
        say("calm: everything came to rest");
    }

    void reconcile(OperatorProcess operator, String pipeline) {
        say("operator %d reconciles %s", operator.number, pipeline);
        operator.reconcile(pipeline);
    }

    @SuppressWarnings("AnnotateFormatMethod") // The annotation would be a dependency of its own.
    void say(String format, Object... arguments) {
        trace.say(format, arguments);
    }

    static String name(HasMetadata object) {
        return object.getMetadata().getName();
    }
}
