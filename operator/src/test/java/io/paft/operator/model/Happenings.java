package io.paft.operator.model;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.api.v1alpha1.PaftPipeline;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/** What happens in a world, one step at a time, to anybody but an operator that looks. */
final class Happenings {

    private final Simulation world;

    Happenings(Simulation world) {
        this.world = world;
    }

    /** Whether the step was possible. */
    boolean take(StepKind kind, Dice dice) {
        OperatorProcess operator = dice.any(world.operators);
        Person person = dice.any(world.people);
        return switch (kind) {
            case RECONCILE, CALM, QUIET, PROCEED, CRASH, UNAVAILABLE, ANSWER_LOST, REFUSED, QUOTA_CONFLICT -> false;
            case JOBS_SEEN -> said(operator.catchUpJobs(1 + dice.below(4)), "operator %d sees Jobs", operator.number);
            case PODS_SEEN -> said(operator.catchUpPods(1 + dice.below(4)), "operator %d sees pods", operator.number);
            case PIPELINES_SEEN ->
                said(operator.catchUpPipelines(1 + dice.below(4)), "operator %d sees the pipeline", operator.number);
            case RESTART -> restart(operator, dice);
            case CLOCK_JUMP -> jump(operator, dice);
            case TIME -> time(dice);
            case JOB_SYNC -> any(world.cluster.jobs, job -> !JobController.finished(job), dice, this::sync);
            case POD_ADVANCES ->
                any(world.cluster.pods, pod -> !JobController.ended(pod), dice, pod -> {
                    boolean moved = world.kubelet.advance(pod, dice);
                    return said(moved, "pod %s goes on: %s", Simulation.name(pod), condition(pod));
                });
            case POD_FAILS ->
                any(world.cluster.pods, Kubelet::running, dice, pod -> {
                    world.kubelet.fail(pod, dice);
                    return said(true, "pod %s fails: %s", Simulation.name(pod), condition(pod));
                });
            case POD_HANGS -> any(world.cluster.pods, Kubelet::running, dice, pod -> hang(pod, dice));
            case POD_DISRUPTED ->
                any(world.cluster.pods, pod -> !JobController.ended(pod), dice, pod -> {
                    world.kubelet.disrupt(pod, dice);
                    return said(true, "pod %s is disrupted: %s", Simulation.name(pod), condition(pod));
                });
            case POD_DELETED ->
                any(world.cluster.pods, pod -> pod.getMetadata().getDeletionTimestamp() == null, dice, pod -> {
                    world.cluster.mark(pod);
                    return said(true, "somebody deletes pod %s", Simulation.name(pod));
                });
            case POD_REMOVED ->
                any(world.cluster.pods, this::removable, dice, pod -> {
                    world.collector.remove(pod);
                    return said(true, "pod %s is gone", Simulation.name(pod));
                });
            case COLLECT -> collect(dice);
            case PROGRESS -> any(world.cluster.pods, Kubelet::running, dice, pod -> report(pod, dice));
            case JOB_DELETED ->
                any(world.cluster.jobs, job -> job.getMetadata().getDeletionTimestamp() == null, dice, job -> {
                    if (dice.oneIn(3)) {
                        world.cluster.mark(job);
                    } else {
                        world.cluster.jobs.remove(Simulation.name(job));
                    }
                    return said(true, "somebody deletes Job %s", Simulation.name(job));
                });
            case EDIT -> edited(person, person.edit(dice));
            case COPY -> edited(person, person.copy(world.people));
            case INVALID -> edited(person, person.spoil());
            case SUSPEND -> edited(person, person.suspend());
            case REVERT -> edited(person, person.revert(dice));
            case PIPELINE_DELETED -> delete(person, dice);
            case RETRY -> asked(person, person.retry(dice));
            case PIPELINE_APPLIED -> edited(person, person.apply());
            case FOREIGN_CONDITION -> said(person.foreignCondition(dice), "somebody writes a condition");
        };
    }

    boolean delete(Person person, Dice dice) {
        return said(person.delete(dice), "pipeline %s is deleted", person.name);
    }

    private boolean edited(Person person, boolean possible) {
        if (possible) {
            world.operators.forEach(OperatorProcess::news);
            world.say("spec of %s", person);
        }
        return possible;
    }

    private boolean asked(Person person, boolean possible) {
        PaftPipeline pipeline = person.pipeline();
        if (possible && pipeline != null) {
            world.operators.forEach(OperatorProcess::news);
            world.say("the retry that %s asks for is %s", person.name, Person.asked(pipeline));
        }
        return possible;
    }

    /** To the operator that a Service leads to. */
    private boolean report(Pod pod, Dice dice) {
        int percent = dice.below(101);
        world.kubelet.goOn(pod);
        boolean heard = world.operators.getFirst().hear(pod, percent);
        if (heard) {
            world.facts.says(pod, percent, world.cluster.now());
        }
        return said(true, "pod %s says %s%% %s", Simulation.name(pod), percent, heard ? "" : "to nobody");
    }

    /** Half of the time right after it has said something, and for long: silence is noticed of such a pod only. */
    private boolean hang(Pod pod, Dice dice) {
        boolean forLong = dice.oneIn(2) && report(pod, dice) && time(dice);
        boolean stopped = world.kubelet.hang(pod);
        return said(stopped || forLong, "pod %s hangs", Simulation.name(pod));
    }

    private boolean sync(Job job) {
        boolean moved = world.jobs.sync(job);
        Job now = world.cluster.jobs.get(Simulation.name(job));
        return said(moved, "Job controller: %s %s", Simulation.name(job), now == null ? "" : now.getStatus());
    }

    private boolean removable(Pod pod) {
        return world.collector.removable(pod, world.collector.owner(pod));
    }

    private boolean collect(Dice dice) {
        List<Runnable> work = world.collector.work();
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
        world.cluster.pass(1000L * dice.below(900));
        return said(true, "time passes: %s", world.cluster.timestamp());
    }

    private <T extends HasMetadata> boolean any(Table<T> table, Predicate<T> which, Dice dice, Predicate<T> what) {
        List<T> candidates = table.all().stream().filter(which).toList();
        return !candidates.isEmpty() && what.test(dice.any(candidates));
    }

    private boolean said(boolean possible, String format, Object... arguments) {
        if (possible) {
            world.say(format, arguments);
        }
        return possible;
    }

    private String condition(Pod pod) {
        Pod now = world.cluster.pods.get(Simulation.name(pod));
        return now == null ? "gone" : now.getStatus().getPhase() + " " + Kubelet.state(now);
    }
}
