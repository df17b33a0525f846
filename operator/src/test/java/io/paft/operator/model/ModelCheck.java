package io.paft.operator.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Runs worlds from seeds until enough steps were taken; makes the trace of a violation as short as it can. */
final class ModelCheck {

    /**
     * What a world begins with.
     *
     * @param pipelines one, or two of one namespace and workspace
     * @param first what each of them asks for
     */
    record Beginning(int operators, int pipelines, Draft first) {

        Beginning withOperators(int number) {
            return new Beginning(number, pipelines, first);
        }

        Beginning withPipelines(int number) {
            return new Beginning(operators, number, first);
        }

        Beginning withFirst(Draft other) {
            return new Beginning(operators, pipelines, other);
        }
    }

    /** A world and the steps taken in it. */
    record Run(Beginning beginning, List<Step> steps) {

        Run with(List<Step> other) {
            return new Run(beginning, other);
        }
    }

    /** What went wrong. */
    record Finding(long seed, Run run, Violation violation, long steps) {}

    private static final int MIN_STEPS = 20;
    private static final int MORE_STEPS = 1000;

    /** In some worlds people leave nothing alone, one step in so many. */
    private static final int UNREST = 20;

    /** How seldom something else happens at rest than that somebody asks for something new. */
    private static final int IDLE = 4;

    /** How seldom it is looked right after a fault whether everything still comes right: that takes hundreds of steps. */
    private static final int SOON = 48;

    private static final List<StepKind> WHIMS = List.of(
            StepKind.EDIT, StepKind.EDIT, StepKind.COPY, StepKind.COPY, StepKind.REVERT, StepKind.PIPELINE_DELETED);

    final Coverage coverage = new Coverage();

    /** Takes at least that many steps, in worlds of consecutive seeds; the first finding ends it. */
    @Nullable
    Finding run(long steps, long seed, Consumer<Coverage> progress) {
        for (long world = seed; coverage.steps() < steps; world++) {
            long before = coverage.steps();
            var script = new RandomScript(world);
            var empty = new Run(script.beginning, script.taken);
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
            new Simulation(world.beginning(), script, coverage, trace).run();
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
        return "seed %d, %s, %d of %d steps:%n  %s%n%s%s"
                .formatted(
                        finding.seed(),
                        shortest.beginning(),
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
        private final Beginning beginning;
        private final boolean restless;
        private final boolean quiet;
        private final List<Step> taken = new ArrayList<>();
        private boolean ended;
        private boolean faulty;
        private boolean rested;
        private int pending = -1;

        RandomScript(long seed) {
            this.dice = new Dice(seed);
            this.length = MIN_STEPS + dice.below(MORE_STEPS);
            this.beginning = new Beginning(
                    dice.oneIn(4) ? 2 : 1, dice.oneIn(2) ? 2 : 1, dice.oneIn(6) ? Draft.TWINS : Draft.FIRST);
            this.restless = dice.oneIn(4);
            this.quiet = dice.oneIn(2);
        }

        @Override
        public @Nullable Step next(boolean inside) {
            if (taken.isEmpty() && quiet) {
                return noted(new Step(StepKind.QUIET, dice.next()));
            }
            if (taken.size() >= length) {
                boolean last = ended || inside;
                ended |= !inside;
                return last ? null : noted(new Step(StepKind.CALM, dice.next()));
            }
            if (!inside && rested && !dice.oneIn(IDLE)) {
                return noted(new Step(dice.any(WHIMS), dice.next()));
            }
            boolean soon = !inside && faulty && dice.oneIn(SOON);
            Step step = new Step(soon ? StepKind.CALM : kind(inside), dice.next());
            faulty = step.kind().fault || (faulty && inside);
            return noted(step);
        }

        private StepKind kind(boolean inside) {
            if (restless && dice.oneIn(UNREST)) {
                return dice.any(WHIMS);
            }
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
                return;
            }
            rested = step.kind() == StepKind.CALM || (rested && !WHIMS.contains(step.kind()));
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
