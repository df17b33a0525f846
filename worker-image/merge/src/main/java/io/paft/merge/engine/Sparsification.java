package io.paft.merge.engine;

import io.paft.merge.kernel.CounterRandom;
import io.paft.merge.kernel.Measure;
import io.paft.merge.kernel.Shortlist;
import io.paft.merge.kernel.TopK;
import io.paft.merge.kernel.Window;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Sparsifies the deltas of all inputs in one range of a tensor, and scales what is left to the old L1 norm where that is asked. */
final class Sparsification {
    /** Sums below this are too small to divide by; mergekit 0.1.5 leaves the delta as it is. */
    private static final double SMALLEST = 1e-7;

    private final Tile tile;
    private final Mask[] masks;
    private final boolean[] rescale;
    private final double[] before;
    private final double[] after;
    private final float[] factors;

    /**
     * For one range of a tensor.
     *
     * @param reader reads more of a delta than the tile has
     * @param elements of the range
     */
    Sparsification(TensorShared shared, Tile tile, TileReader reader, long elements) {
        this.tile = tile;
        TensorPlan plan = shared.plan();
        rescale = new boolean[plan.inputs().size()];
        masks = new Mask[plan.inputs().size()];
        for (int i = 0; i < masks.length; i++) {
            rescale[i] = plan.inputs().get(i).sparsifier() instanceof Sparsifier.Rescaled;
            masks[i] = mask(shared, i, tile, reader, elements);
        }
        before = new double[masks.length];
        after = new double[masks.length];
        factors = new float[masks.length];
        Arrays.fill(factors, 1f);
    }

    private static Mask mask(TensorShared shared, int index, Tile tile, TileReader reader, long elements) {
        TensorPlan.Input input = shared.plan().inputs().get(index);
        long key = CounterRandom.key(shared.seed(), input.model(), shared.plan().name());
        Sparsifier rule =
                input.sparsifier() instanceof Sparsifier.Rescaled(Sparsifier inner) ? inner : input.sparsifier();
        return switch (rule) {
            case Sparsifier.All() -> Mask.ALL;
            case Sparsifier.Magnitude magnitude -> magnitudes(shared, index, tile, elements);
            case Sparsifier.Outliers outliers -> magnitudes(shared, index, tile, elements);
            case Sparsifier.L1(double lambda) -> ShrinkMask.by(lambda);
            case Sparsifier.L1ToDensity l1 -> {
                TensorShared.Ranks ranks = shared.ranks(index);
                yield ShrinkMask.to(search(ranks.keep(), ranks.keepWindow(), null, () -> tile.selector(2 * index)));
            }
            case Sparsifier.Cut cut -> new CutMask(cut);
            case Sparsifier.Bernoulli(double density) -> new RandomMask(key, density);
            case Sparsifier.Ranked ranked ->
                new RankedMask(ranked, key, Math.toIntExact(shared.plan().columns()), reader.source(index));
            case Sparsifier.ModelWide wide -> throw new IllegalStateException("needs the whole model");
            case Sparsifier.Rescaled rescaled -> throw new IllegalStateException("is rescaled twice");
        };
    }

    private static Mask magnitudes(TensorShared shared, int input, Tile tile, long elements) {
        TensorShared.Ranks ranks = shared.ranks(input);
        Window window = ranks.keepWindow();
        Shortlist list = null;
        if (window != null && shared.lists(input)) {
            list = tile.list(input);
            long limit = Shortlists.limit(shared.plan().inputs().get(input).sparsifier(), elements);
            list.begin(window.low(), Math.toIntExact(elements), Math.toIntExact(limit));
        }
        return new MagnitudeMask(
                search(ranks.keep(), window, list, () -> tile.selector(2 * input)),
                search(ranks.drop(), ranks.dropWindow(), null, () -> tile.selector(2 * input + 1)));
    }

    private static @Nullable RankSearch search(
            long rank, @Nullable Window window, @Nullable Shortlist list, Supplier<TopK> selectors) {
        return rank == 0 ? null : new RankSearch(rank, window == null ? null : window.another(), list, selectors);
    }

    /** True when several ranges of a tensor can be brought together. */
    boolean splits() {
        return Arrays.stream(masks).allMatch(Mask::splits);
    }

    /** Fills in the next elements of the delta of an input, as far as they matter; false when they must be read. */
    boolean recall(int input, float[] delta, int count) {
        return masks[input].recall(delta, count);
    }

    /** Number of passes before those that apply. */
    int passes() {
        int passes = masking();
        for (boolean one : rescale) {
            if (one) {
                return passes + 1;
            }
        }
        return passes;
    }

    /** Number of passes in which masks count; what these have found may add to it. */
    private int masking() {
        return Arrays.stream(masks).mapToInt(Mask::passes).max().orElse(0);
    }

    /** Before each pass. */
    void restart() {
        for (Mask mask : masks) {
            mask.restart();
        }
    }

    /** Works on the tile in one of the passes before those that apply. */
    void count(int pass, long start, int count) {
        boolean last = pass == masking();
        for (int i = 0; i < masks.length; i++) {
            if (last && rescale[i]) {
                before[i] += Measure.sumOfMagnitudes(tile.deltas[i], count);
                masks[i].apply(tile.deltas[i], start, count);
                after[i] += Measure.sumOfMagnitudes(tile.deltas[i], count);
            } else if (!last && pass < masks[i].passes()) {
                masks[i].count(pass, tile.deltas[i], count);
            }
        }
    }

    /** After such a pass, once for the tensor; of all ranges this is the first. */
    void settle(int pass, List<Sparsification> ranges) {
        boolean last = pass == masking();
        for (int i = 0; i < masks.length; i++) {
            int input = i;
            if (last && rescale[i]) {
                rescale(input, ranges);
            } else if (!last && pass < masks[i].passes()) {
                masks[i].settle(
                        pass, ranges.stream().map(range -> range.masks[input]).toList());
            }
        }
    }

    private static void rescale(int input, List<Sparsification> ranges) {
        double all = 0;
        double left = 0;
        for (Sparsification range : ranges) {
            all += range.before[input];
            left += range.after[input];
        }
        if (all >= SMALLEST && left >= SMALLEST) {
            for (Sparsification range : ranges) {
                range.factors[input] = (float) (all / left);
            }
        }
    }

    /** Sparsifies and scales the deltas in the tile. */
    void apply(long start, int count) {
        for (int i = 0; i < masks.length; i++) {
            masks[i].apply(tile.deltas[i], start, count);
            if (factors[i] != 1f) {
                for (int k = 0; k < count; k++) {
                    tile.deltas[i][k] *= factors[i];
                }
            }
        }
    }

    /** How many elements of each input the last pass kept. */
    long[] kept(long elements) {
        long[] kept = new long[masks.length];
        for (int i = 0; i < kept.length; i++) {
            kept[i] = masks[i].kept(elements);
        }
        return kept;
    }
}
