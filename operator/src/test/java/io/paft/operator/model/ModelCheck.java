package io.paft.operator.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Runs worlds from seeds until enough steps were taken; makes the trace of a violation as short as it can. */
final class ModelCheck {

    /** A world's numbers of operators and of pipelines, and the steps taken in it. */
    record Run(int operators, int pipelines, List<Step> steps) {

        Run with(List<Step> other) {
            return new Run(operators, pipelines, other);
        }
    }

    /** What went wrong. */
    record Finding(long seed, Run run, Violation violation, long steps) {}

    private static final int MIN_STEPS = 20;
    private static final int MORE_STEPS = 500;

    final Coverage coverage = new Coverage();

    /** Takes at least that many steps, in worlds of consecutive seeds; the first finding ends it. */
    @Nullable
    Finding run(long steps, long seed, Consumer<Coverage> progress) {
        for (long world = seed; coverage.steps() < steps; world++) {
            long before = coverage.steps();
            var script = new RandomScript(world);
            var empty = new Run(script.operators, script.pipelines, script.taken);
            Violation violation = outcome(empty, script, coverage, line -> {});
            if (violation != null) {
                return new Finding(world, empty, violation, coverage.steps() - before);
            }
            progress.accept(coverage);
        }
        return null;
    }

    static @Nullable Violation outcome(Run world, Script script, Coverage coverage, Consumer<String> trace) {
        try {
            new Simulation(world.operators(), world.pipelines(), script, coverage, trace).run();
            return null;
        } catch (Violation violation) {
            return violation;
        } catch (RuntimeException e) {
            var violation = new Violation("no exception", e.toString());
            violation.initCause(e);
            return violation;
        }
    }

    /** The seed, the invariant, and the fewest steps that were found to break it. */
    static String explain(Finding finding) {
        String invariant = finding.violation().invariant();
        Run shortest = new Shrinker(run -> {
                    Violation again = outcome(run, new Replay(run.steps()), new Coverage(), line -> {});
                    return again != null && again.invariant().equals(invariant);
                })
                .shrink(finding.run());
        var lines = new ArrayList<String>();
        Violation last = outcome(shortest, new Replay(shortest.steps()), Coverage.NONE, lines::add);
        Throwable cause = last == null ? null : last.getCause();
        return "seed %d, %d operator(s), %d pipeline(s), %d of %d steps:%n  %s%n%s%s"
                .formatted(
                        finding.seed(),
                        shortest.operators(),
                        shortest.pipelines(),
                        shortest.steps().size(),
                        finding.run().steps().size(),
                        String.join("\n  ", lines),
                        last == null ? finding.violation().getMessage() : last.getMessage(),
                        cause == null || cause.getStackTrace().length == 0 ? "" : "\n  at " + cause.getStackTrace()[0]);
    }

    /** Steps from a seed: any that is possible, the likely ones more often, and calm at the end. */
    private static final class RandomScript implements Script {

        private static final StepKind[] KINDS = StepKind.values();
        private static final int OUTSIDE;
        private static final int INSIDE;

        static {
            int outside = 0;
            int inside = 0;
            for (StepKind kind : KINDS) {
                outside += kind.outside;
                inside += kind.inside;
            }
            OUTSIDE = outside;
            INSIDE = inside;
        }

        private final Dice dice;
        private final int length;
        private final int operators;
        private final int pipelines;
        private final List<Step> taken = new ArrayList<>();
        private boolean ended;
        private boolean faulty;
        private int pending = -1;

        RandomScript(long seed) {
            this.dice = new Dice(seed);
            this.length = MIN_STEPS + dice.below(MORE_STEPS);
            this.operators = dice.oneIn(4) ? 2 : 1;
            this.pipelines = dice.oneIn(2) ? 2 : 1;
        }

        @Override
        public @Nullable Step next(boolean inside) {
            if (taken.size() >= length) {
                boolean last = ended || inside;
                ended |= !inside;
                return last ? null : noted(new Step(StepKind.CALM, dice.next()));
            }
            boolean soon = !inside && faulty && dice.oneIn(8);
            Step step = new Step(soon ? StepKind.CALM : kind(inside), dice.next());
            faulty = step.kind().fault || (faulty && inside);
            return noted(step);
        }

        private StepKind kind(boolean inside) {
            int left = dice.below(inside ? INSIDE : OUTSIDE);
            for (StepKind kind : KINDS) {
                left -= inside ? kind.inside : kind.outside;
                if (left < 0) {
                    // At rest little else is possible: it would come again and again.
                    return kind == StepKind.CALM && !dice.oneIn(10) ? kind(inside) : kind;
                }
            }
            throw new IllegalStateException("weights do not add up");
        }

        private Step noted(Step step) {
            pending = taken.size();
            taken.add(step);
            return step;
        }

        @Override
        public void taken(Step step, boolean possible) {
            if (!possible) {
                taken.remove(pending);
            }
        }
    }

    /** Steps from a list. */
    private static final class Replay implements Script {

        private final List<Step> steps;
        private int position;

        Replay(List<Step> steps) {
            this.steps = steps;
        }

        @Override
        public @Nullable Step next(boolean inside) {
            return position < steps.size() ? steps.get(position++) : null;
        }

        @Override
        public void taken(Step step, boolean possible) {
            // A shortened run may ask for what is not possible any more.
        }
    }
}
