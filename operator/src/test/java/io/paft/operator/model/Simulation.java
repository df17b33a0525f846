package io.paft.operator.model;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.api.v1alpha1.PaftPipeline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
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
        taken(step, act(step.kind(), dice));
    }

    /** An operator looks when something woke it; sometimes without, as it does every few minutes. */
    private List<Runnable> due(StepKind kind, Dice dice) {
        List<OperatorProcess> idle =
                operators.stream().filter(one -> !one.busy()).toList();
        if (kind == StepKind.CALM || kind == StepKind.QUIET) {
            return idle.size() < operators.size()
                    ? List.of()
                    : List.of(() -> {
                        if (kind == StepKind.CALM) {
                            calm(dice);
                        } else {
                            quiet(dice);
                        }
                    });
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
            said(leaving.delete(dice), "pipeline %s is deleted", leaving.name);
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

    /** Whether the step was possible. */
    private boolean act(StepKind kind, Dice dice) {
        OperatorProcess operator = dice.any(operators);
        Person person = dice.any(people);
        return switch (kind) {
            case RECONCILE, CALM, QUIET, PROCEED, CRASH, UNAVAILABLE, ANSWER_LOST, REFUSED, QUOTA_CONFLICT -> false;
            case JOBS_SEEN -> said(operator.catchUpJobs(1 + dice.below(4)), "operator %d sees Jobs", operator.number);
            case PODS_SEEN -> said(operator.catchUpPods(1 + dice.below(4)), "operator %d sees pods", operator.number);
            case PIPELINES_SEEN ->
                said(operator.catchUpPipelines(1 + dice.below(4)), "operator %d sees the pipeline", operator.number);
            case RESTART -> restart(operator, dice);
            case CLOCK_JUMP -> jump(operator, dice);
            case TIME -> time(dice);
            case JOB_SYNC -> any(cluster.jobs, job -> !JobController.finished(job), dice, this::sync);
            case POD_ADVANCES ->
                any(cluster.pods, pod -> !JobController.ended(pod), dice, pod -> {
                    boolean moved = kubelet.advance(pod, dice);
                    return said(moved, "pod %s goes on: %s", name(pod), condition(pod));
                });
            case POD_FAILS ->
                any(cluster.pods, Kubelet::running, dice, pod -> {
                    kubelet.fail(pod, dice);
                    return said(true, "pod %s fails: %s", name(pod), condition(pod));
                });
            case POD_HANGS -> any(cluster.pods, Kubelet::running, dice, pod -> hang(pod, dice));
            case POD_DISRUPTED ->
                any(cluster.pods, pod -> !JobController.ended(pod), dice, pod -> {
                    kubelet.disrupt(pod, dice);
                    return said(true, "pod %s is disrupted: %s", name(pod), condition(pod));
                });
            case POD_DELETED ->
                any(cluster.pods, pod -> pod.getMetadata().getDeletionTimestamp() == null, dice, pod -> {
                    cluster.mark(pod);
                    return said(true, "somebody deletes pod %s", name(pod));
                });
            case POD_REMOVED ->
                any(cluster.pods, this::removable, dice, pod -> {
                    collector.remove(pod);
                    return said(true, "pod %s is gone", name(pod));
                });
            case COLLECT -> collect(dice);
            case PROGRESS -> any(cluster.pods, Kubelet::running, dice, pod -> report(pod, dice));
            case JOB_DELETED ->
                any(cluster.jobs, job -> job.getMetadata().getDeletionTimestamp() == null, dice, job -> {
                    if (dice.oneIn(3)) {
                        cluster.mark(job);
                    } else {
                        cluster.jobs.remove(name(job));
                    }
                    return said(true, "somebody deletes Job %s", name(job));
                });
            case EDIT -> edited(person, person.edit(dice));
            case COPY -> edited(person, person.copy(people));
            case INVALID -> edited(person, person.spoil());
            case REVERT -> edited(person, person.revert(dice));
            case PIPELINE_DELETED -> said(person.delete(dice), "pipeline %s is deleted", person.name);
            case RETRY -> asked(person, person.retry(dice));
            case PIPELINE_APPLIED -> edited(person, person.apply());
            case FOREIGN_CONDITION -> said(person.foreignCondition(dice), "somebody writes a condition");
        };
    }

    private boolean edited(Person person, boolean possible) {
        if (possible) {
            operators.forEach(OperatorProcess::news);
            say("spec of %s", person);
        }
        return possible;
    }

    private boolean asked(Person person, boolean possible) {
        PaftPipeline pipeline = person.pipeline();
        if (possible && pipeline != null) {
            operators.forEach(OperatorProcess::news);
            say("the retry that %s asks for is %s", person.name, Person.asked(pipeline));
        }
        return possible;
    }

    /** To the operator that a Service leads to. */
    private boolean report(Pod pod, Dice dice) {
        int percent = dice.below(101);
        kubelet.goOn(pod);
        boolean heard = operators.getFirst().hear(pod, percent);
        if (heard) {
            facts.says(pod, percent, cluster.now());
        }
        return said(true, "pod %s says %s%% %s", name(pod), percent, heard ? "" : "to nobody");
    }

    /** Half of the time right after it has said something, and for long: silence is noticed of such a pod only. */
    private boolean hang(Pod pod, Dice dice) {
        boolean forLong = dice.oneIn(2) && report(pod, dice) && time(dice);
        boolean stopped = kubelet.hang(pod);
        return said(stopped || forLong, "pod %s hangs", name(pod));
    }

    private boolean sync(Job job) {
        boolean moved = jobs.sync(job);
        Job now = cluster.jobs.get(name(job));
        return said(moved, "Job controller: %s %s", name(job), now == null ? "" : now.getStatus());
    }

    private boolean removable(Pod pod) {
        return collector.removable(pod, collector.owner(pod));
    }

    private boolean collect(Dice dice) {
        List<Runnable> work = collector.work();
        if (work.isEmpty()) {
            return false;
        }
        dice.any(work).run();
        return said(true, "the garbage collector works");
    }

    private boolean restart(OperatorProcess operator, Dice dice) {
        if (operator.busy()) {
            return false;
        }
        int behind = dice.oneIn(3) ? dice.below(6) : 0;
        operator.restart(behind);
        return said(true, "operator %d starts anew, %d changes behind", operator.number, behind);
    }

    private boolean jump(OperatorProcess operator, Dice dice) {
        operator.skew(Duration.ofMinutes(dice.below(121) - 60));
        return said(true, "the clock of operator %d jumps", operator.number);
    }

    private boolean time(Dice dice) {
        cluster.pass(1000L * dice.below(900));
        return said(true, "time passes: %s", cluster.timestamp());
    }

    private <T extends HasMetadata> boolean any(Table<T> table, Predicate<T> which, Dice dice, Predicate<T> what) {
        List<T> candidates = table.all().stream().filter(which).toList();
        return !candidates.isEmpty() && what.test(dice.any(candidates));
    }

    private boolean said(boolean possible, String format, Object... arguments) {
        if (possible) {
            say(format, arguments);
        }
        return possible;
    }

    @SuppressWarnings("AnnotateFormatMethod") // The annotation would be a dependency of its own.
    void say(String format, Object... arguments) {
        trace.say(format, arguments);
    }

    private String condition(Pod pod) {
        Pod now = cluster.pods.get(name(pod));
        return now == null ? "gone" : now.getStatus().getPhase() + " " + Kubelet.state(now);
    }

    static String name(HasMetadata object) {
        return object.getMetadata().getName();
    }
}
