package io.paft.merge.engine;

import io.paft.merge.checkpoint.Weights;
import io.paft.merge.kernel.Shortlist;

/**
 * For which deltas the pass that counts lists what may be kept: those of adapters, which take 2 r operations for each element to
 * form again, where their threshold leaves few elements.
 */
final class Shortlists {
    /** Shares of the elements from which a list would take more than half of the memory of the delta. */
    private static final double LARGEST = 0.3;

    private Shortlists() {}

    /** True when lists are worth their memory for this input. */
    static boolean pay(TensorPlan.Input input) {
        return input.weights() instanceof Weights.Adapted
                && input.sparsifier() instanceof Sparsifier.Magnitude(double density)
                && density <= LARGEST;
    }

    /**
     * How many elements are listed at most: twice the share of the whole tensor, because a range may have more of the large
     * ones, and what the edge of the window takes of a small one.
     */
    static long limit(Sparsifier sparsifier, long elements) {
        double density = sparsifier instanceof Sparsifier.Magnitude(double share) ? share : LARGEST;
        return Math.min(elements, (long) (2 * density * elements) + Tile.SIZE);
    }

    /** Bytes of the lists of a tensor. */
    static long bytes(TensorPlan tensor) {
        long elements = tensor.shape().elements();
        int ranges = Ranges.count(elements);
        return tensor.inputs().stream()
                .filter(Shortlists::pay)
                .mapToLong(input -> {
                    long each = Math.ceilDiv(elements, ranges) + Tile.SIZE;
                    return ranges * Shortlist.bytes(each, limit(input.sparsifier(), each));
                })
                .sum();
    }
}
