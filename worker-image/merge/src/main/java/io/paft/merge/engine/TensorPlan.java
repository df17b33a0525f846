package io.paft.merge.engine;

import io.paft.merge.checkpoint.Weights;
import io.paft.merge.kernel.RowRanks;
import io.paft.merge.safetensors.Dtype;
import io.paft.merge.safetensors.Shape;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * How one tensor of the output is made, with every parameter resolved.
 *
 * @param name in the output
 * @param shape of the output and of every input
 * @param dtype to write
 * @param base what deltas are taken against; null when the recipe names no base model
 * @param inputs in the order of the recipe
 * @param operation what to do
 */
public record TensorPlan(
        String name, Shape shape, Dtype dtype, @Nullable Weights base, List<Input> inputs, Operation operation) {
    public TensorPlan {
        inputs = List.copyOf(inputs);
    }

    /**
     * One input of a tensor.
     *
     * @param model its name
     * @param weights what it has
     * @param weight its factor
     * @param sparsifier which elements of its delta are kept
     * @param isBase the base model itself, which has no delta to report
     */
    public record Input(String model, Weights weights, float weight, Sparsifier sparsifier, boolean isBase) {
        /** The same with another rule. */
        Input with(Sparsifier other) {
            return new Input(model, weights, weight, other, isBase);
        }
    }

    /** True when the inputs' own values are needed, not only their deltas. */
    boolean needsValues() {
        return switch (operation) {
            case Operation.Linear linear -> true;
            case Operation.Slerp slerp -> true;
            case Operation.NearSwap swap -> true;
            case Operation.Scale scale -> true;
            case Operation.NuSlerp slerp -> base == null;
            case Operation.MultiSlerp slerp -> base == null;
            default -> false;
        };
    }

    /** True when an input has the weights that deltas are taken against. */
    boolean readsBase(int input) {
        return inputs.get(input).weights().equals(base);
    }

    /** True when the base is stored as bf16. */
    boolean isBaseOfBf16() {
        return isBf16(base);
    }

    /** True when a delta of weights as they are stored, both as bf16: so all its bits come from theirs. */
    boolean isOfBf16(int input) {
        return isBf16(base) && isBf16(inputs.get(input).weights());
    }

    private static boolean isBf16(@Nullable Weights weights) {
        return weights instanceof Weights.Stored && weights.dtype() == Dtype.BF16;
    }

    /** Length of a row: the last dimension. */
    long columns() {
        return shape.dimensions().isEmpty() ? 1 : shape.dimensions().getLast();
    }

    /** Bytes that sparsifying by rows and fusing need on the heap, besides the tile. */
    long rowBytes() {
        long rows = inputs.stream()
                .filter(input -> input.sparsifier().rule() instanceof Sparsifier.Ranked)
                .count();
        long fusion = switch (operation) {
            case Operation.NuSlerp(Operation.Split split) -> PartsFusion.bytes(this, split);
            case Operation.ModelStock(Operation.Split split) -> PartsFusion.bytes(this, split);
            case Operation.Sce sce -> SceFusion.BYTES;
            default -> 0;
        };
        return rows * (RowRanks.bytes(columns()) + 3L * Tile.SIZE * Float.BYTES) + fusion;
    }

    /** The factors of the inputs. */
    float[] weightsOfInputs() {
        float[] weights = new float[inputs.size()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = inputs.get(i).weight();
        }
        return weights;
    }

    /** Indexes of the inputs that have a delta, in the order of the statistics. */
    public int[] reported() {
        return base == null
                ? new int[0]
                : IntStream.range(0, inputs.size())
                        .filter(i -> !inputs.get(i).isBase())
                        .toArray();
    }
}
