package io.paft.merge.engine;

import io.paft.merge.kernel.Window;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What all ranges of a tensor know: its plan, the adapters of its inputs, and where the thresholds are to be looked for. */
final class TensorShared {
    private final TensorPlan plan;
    private final long seed;
    private final boolean allowNan;
    private final boolean lists;
    private final List<TensorReader.Source> sources = new ArrayList<>();
    private final List<Ranks> ranks = new ArrayList<>();

    /**
     * Ranks of an input's magnitudes, counted from the largest, and where they are looked for.
     *
     * @param keep the last that is kept; 0: nothing is
     * @param drop the last that is dropped; 0: none is
     * @param keepWindow null when a sample could not tell
     * @param dropWindow null when a sample could not tell
     */
    record Ranks(
            long keep,
            long drop,
            @Nullable Window keepWindow,
            @Nullable Window dropWindow) {
        static final Ranks NONE = new Ranks(0, 0, null, null);
    }

    /**
     * Loads the adapters of a tensor.
     *
     * @param lists there is memory for lists of the deltas that {@link Shortlists} has some for
     */
    TensorShared(TensorPlan plan, long seed, boolean allowNan, boolean lists) {
        this.allowNan = allowNan;
        this.lists = lists;
        this.plan = plan;
        this.seed = seed;
        for (TensorPlan.Input input : plan.inputs()) {
            sources.add(TensorReader.Source.of(input.weights(), plan.base()));
        }
        for (int i = 0; i < sources.size(); i++) {
            ranks.add(ranksOf(i));
        }
    }

    TensorPlan plan() {
        return plan;
    }

    boolean allowNan() {
        return allowNan;
    }

    /** True when what may be kept of an input's delta is listed as it is counted. */
    boolean lists(int input) {
        return lists && Shortlists.pay(plan.inputs().get(input));
    }

    long seed() {
        return seed;
    }

    /** A reader of an input for one thread. */
    TensorReader reader(int input) {
        return TensorReader.of(sources.get(input));
    }

    /** Where the thresholds of an input are looked for. */
    Ranks ranks(int input) {
        return ranks.get(input);
    }

    private Ranks ranksOf(int input) {
        long elements = plan.shape().elements();
        Sparsifier sparsifier = plan.inputs().get(input).sparsifier();
        return switch (sparsifier instanceof Sparsifier.Rescaled(Sparsifier rule) ? rule : sparsifier) {
            case Sparsifier.Magnitude magnitude -> sampled(input, KeptRanks.of(magnitude, elements));
            case Sparsifier.Outliers outliers -> sampled(input, KeptRanks.of(outliers, elements));
            case Sparsifier.L1ToDensity l1 -> {
                // The threshold is the first that is not kept.
                long kept = KeptRanks.of(l1, elements).last();
                yield kept >= elements ? Ranks.NONE : sampled(input, new KeptRanks(kept + 1, 0));
            }
            default -> Ranks.NONE;
        };
    }

    private Ranks sampled(int input, KeptRanks ranks) {
        long keep = ranks.last();
        long drop = ranks.dropped();
        if (keep <= drop) {
            return Ranks.NONE;
        }
        Sample sample = Sample.of(plan, sources.get(input));
        return new Ranks(keep, drop, sample.window(keep), drop == 0 ? null : sample.window(drop));
    }
}
