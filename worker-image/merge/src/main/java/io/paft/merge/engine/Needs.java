package io.paft.merge.engine;

import io.paft.merge.checkpoint.Weights;
import io.paft.merge.lora.LoraDelta;
import java.util.stream.Stream;

/** The bytes of working memory that a tensor needs while it is merged. */
final class Needs {
    private Needs() {}

    /**
     * Of all ranges of a tensor.
     *
     * @param memory of the whole merge
     */
    static long of(TensorPlan tensor, long memory) {
        return least(tensor) + (lists(tensor, memory) ? Shortlists.bytes(tensor) : 0);
    }

    /** True when there is memory for the lists of two tensors like this one. */
    static boolean lists(TensorPlan tensor, long memory) {
        return least(tensor) + Shortlists.bytes(tensor) <= memory / 2;
    }

    /** Of a tensor in one range that makes no lists. */
    static long ofOneRange(TensorPlan tensor) {
        return factors(tensor) + range(tensor);
    }

    private static long least(TensorPlan tensor) {
        return factors(tensor) + Ranges.count(tensor.shape().elements()) * range(tensor);
    }

    /** Bytes of the adapters of a tensor. */
    private static long factors(TensorPlan tensor) {
        // Twice: the copy that turns a factor is there with the factor for a moment.
        return 2 * adapted(tensor).mapToLong(LoraDelta::heapBytes).sum();
    }

    /** Bytes that one range of a tensor needs of its own. */
    private static long range(TensorPlan tensor) {
        long panels = adapted(tensor).mapToLong(LoraDelta::panelBytes).sum();
        int searches = tensor.inputs().stream()
                .mapToInt(input -> input.sparsifier().thresholds())
                .sum();
        return Tile.bytes(tensor.inputs().size(), searches) + tensor.rowBytes() + panels;
    }

    private static Stream<LoraDelta> adapted(TensorPlan tensor) {
        return tensor.inputs().stream().map(TensorPlan.Input::weights).mapMulti((weights, found) -> {
            if (weights instanceof Weights.Adapted adapted) {
                found.accept(adapted.delta());
            }
        });
    }
}
