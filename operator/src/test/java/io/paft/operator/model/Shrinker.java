package io.paft.operator.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Leaves steps out of a run, ever smaller pieces, for as long as it still fails in the same way. */
final class Shrinker {

    private static final int MOST_TRIES = 4000;

    private final Predicate<ModelCheck.Run> fails;
    private int tries;

    Shrinker(Predicate<ModelCheck.Run> fails) {
        this.fails = fails;
    }

    ModelCheck.Run shrink(ModelCheck.Run run) {
        var best = run.with(List.copyOf(run.steps()));
        best = from(best.beginning().withOperators(1), best);
        best = from(best.beginning().withPipelines(1), best);
        best = from(best.beginning().withFirst(Draft.FIRST), best);
        boolean shorter = true;
        while (shorter && tries < MOST_TRIES) {
            int before = best.steps().size();
            for (int piece = Math.max(1, before / 2); piece >= 1; piece /= 2) {
                best = without(best, piece);
            }
            shorter = best.steps().size() < before;
        }
        return best;
    }

    /** The same steps in a simpler world, if they fail there too. */
    private ModelCheck.Run from(ModelCheck.Beginning simpler, ModelCheck.Run run) {
        var candidate = new ModelCheck.Run(simpler, run.steps());
        return !simpler.equals(run.beginning()) && fails.test(candidate) ? candidate : run;
    }

    private ModelCheck.Run without(ModelCheck.Run run, int piece) {
        ModelCheck.Run best = run;
        int from = 0;
        while (from < best.steps().size() && tries++ < MOST_TRIES) {
            List<Step> left = new ArrayList<>(best.steps().subList(0, from));
            left.addAll(best.steps()
                    .subList(
                            Math.min(best.steps().size(), from + piece),
                            best.steps().size()));
            var candidate = best.with(left);
            if (fails.test(candidate)) {
                best = candidate;
            } else {
                from += piece;
            }
        }
        return best;
    }
}
