package io.paft.merge.engine;

import io.paft.merge.kernel.CounterRandom;
import io.paft.merge.kernel.Measure;
import io.paft.merge.kernel.TopK;
import java.util.List;

/** Sparsifies the deltas of all inputs of one tensor, and scales what is left to the old L1 norm where that is asked. */
final class Sparsification {
    /** Sums below this are too small to divide by; mergekit 0.1.5 leaves the delta as it is. */
    private static final double SMALLEST = 1e-7;

    private final Tile tile;
    private final Mask[] masks;
    private final boolean rescale;
    private final double[] before;
    private final double[] after;
    private final float[] factors;

    /**
     * For one tensor.
     *
     * @param reader reads more of a delta than the tile has
     * @param selectors two for each input
     * @param seed of random masks
     */
    Sparsification(TensorPlan plan, Tile tile, TileReader reader, TopK[] selectors, long seed) {
        this.tile = tile;
        this.rescale = plan.rescales();
        List<TensorPlan.Input> inputs = plan.inputs();
        masks = new Mask[inputs.size()];
        for (int i = 0; i < masks.length; i++) {
            long key = CounterRandom.key(seed, inputs.get(i).model(), plan.name());
            masks[i] = inputs.get(i).sparsifier() instanceof Sparsifier.Ranked ranked
                    ? new RankedMask(ranked, key, Math.toIntExact(plan.columns()), reader.source(i))
                    : mask(
                            inputs.get(i).sparsifier(),
                            plan.shape().elements(),
                            selectors[2 * i],
                            selectors[2 * i + 1],
                            key);
        }
        before = new double[masks.length];
        after = new double[masks.length];
        factors = new float[masks.length];
        java.util.Arrays.fill(factors, 1f);
    }

    private static Mask mask(Sparsifier sparsifier, long elements, TopK lower, TopK upper, long key) {
        return switch (sparsifier) {
            case Sparsifier.All() -> Mask.ALL;
            case Sparsifier.Magnitude(double density) ->
                new MagnitudeMask(TopK.kept(density, elements), 0, lower, upper);
            case Sparsifier.Outliers(double density, double gamma) -> {
                long target = (long) (density * elements);
                long bottom = Math.max(0, elements - target - (long) (gamma * elements));
                yield new MagnitudeMask(elements - bottom, elements - bottom - target, lower, upper);
            }
            case Sparsifier.Bernoulli(double density) -> new RandomMask(key, density);
            case Sparsifier.Ranked ranked -> throw new IllegalStateException("needs rows");
        };
    }

    /** Number of passes before those that apply. */
    int passes() {
        int passes = 0;
        for (Mask mask : masks) {
            passes = Math.max(passes, mask.passes());
        }
        return passes + (rescale ? 1 : 0);
    }

    /** Before each pass. */
    void restart() {
        for (Mask mask : masks) {
            mask.restart();
        }
    }

    /** Works on the tile in one of the passes before those that apply. */
    void count(int pass, long start, int count) {
        boolean last = rescale && pass == passes() - 1;
        for (int i = 0; i < masks.length; i++) {
            if (last) {
                before[i] += Measure.sumOfMagnitudes(tile.deltas[i], count);
                masks[i].apply(tile.deltas[i], start, count);
                after[i] += Measure.sumOfMagnitudes(tile.deltas[i], count);
            } else if (pass < masks[i].passes()) {
                masks[i].count(pass, tile.deltas[i], count);
            }
        }
    }

    /** After all tiles of such a pass. */
    void counted(int pass) {
        boolean last = rescale && pass == passes() - 1;
        for (int i = 0; i < masks.length; i++) {
            if (!last && pass < masks[i].passes()) {
                masks[i].counted(pass);
            } else if (last && before[i] >= SMALLEST && after[i] >= SMALLEST) {
                factors[i] = (float) (before[i] / after[i]);
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
