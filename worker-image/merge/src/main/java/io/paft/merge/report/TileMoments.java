package io.paft.merge.report;

import io.paft.merge.kernel.Measure;
import io.paft.merge.kernel.Moments;
import java.util.ArrayList;
import java.util.List;

/**
 * Everything that is measured of a tile before sparsifying.
 *
 * @param base of its elements of the base
 * @param inputs one per input
 * @param pairs one per pair of inputs, in the order of {@link MergeStatistics}
 * @param count number of elements
 */
public record TileMoments(Moments.Norms base, List<Input> inputs, List<Moments.Pair> pairs, int count) {
    /**
     * Of one input.
     *
     * @param delta of its delta
     * @param equal how many elements change nothing in bf16
     */
    public record Input(Moments.Delta delta, int equal) {}

    /** What is stored as bf16, of a base and the inputs against which it is measured. */
    public record Stored(boolean base, List<Boolean> inputs) {
        public Stored {
            inputs = List.copyOf(inputs);
        }

        /** Both: then those elements change nothing in bf16 whose delta is zero, and no others. */
        boolean both(int input) {
            return base && inputs.get(input);
        }
    }

    /**
     * Measures elements 0 to count - 1.
     *
     * @param kernels measure
     * @param deltas one per input
     * @param stored tells what can be known without counting
     */
    public static TileMoments of(Moments kernels, float[] base, float[][] deltas, int count, Stored stored) {
        if (deltas.length == 2) {
            return ofTwo(kernels, base, deltas, count, stored);
        }
        List<Input> inputs = new ArrayList<>();
        List<Moments.Pair> pairs = new ArrayList<>();
        for (int i = 0; i < deltas.length; i++) {
            inputs.add(input(kernels.delta(deltas[i], count, DeltaStatistics.LIMITS), i, base, deltas, count, stored));
            for (int j = 0; j < i; j++) {
                pairs.add(kernels.pair(deltas[j], deltas[i], count));
            }
        }
        return new TileMoments(kernels.norms(base, count), inputs, pairs, count);
    }

    private static TileMoments ofTwo(Moments kernels, float[] base, float[][] deltas, int count, Stored stored) {
        Moments.Deltas both = kernels.deltas(deltas[0], deltas[1], count, DeltaStatistics.LIMITS);
        List<Moments.Pair> pairs = List.of(both.pair());
        if (stored.base() && !stored.both(0) && !stored.both(1)) {
            Moments.Base moved = kernels.base(base, deltas[0], deltas[1], count);
            return new TileMoments(
                    moved.norms(),
                    List.of(
                            new Input(both.first(), moved.equalWithFirst()),
                            new Input(both.second(), moved.equalWithSecond())),
                    pairs,
                    count);
        }
        return new TileMoments(
                kernels.norms(base, count),
                List.of(
                        input(both.first(), 0, base, deltas, count, stored),
                        input(both.second(), 1, base, deltas, count, stored)),
                pairs,
                count);
    }

    private static Input input(
            Moments.Delta delta, int input, float[] base, float[][] deltas, int count, Stored stored) {
        return new Input(
                delta,
                stored.both(input) ? delta.within().get(0) : Measure.countEqualInBf16(base, deltas[input], count));
    }

    /** The largest magnitude of the delta of an input. */
    public float largest(int input) {
        return inputs.get(input).delta().largest();
    }
}
