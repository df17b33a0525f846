package io.paft.merge.engine;

import io.paft.merge.checkpoint.Weights;
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
     * @param density share of the delta's elements to keep; 1 or more keeps all
     * @param isBase the base model itself, which has no delta to report
     */
    public record Input(String model, Weights weights, float weight, double density, boolean isBase) {}

    /** True when at least one delta is trimmed. */
    public boolean trims() {
        return operation instanceof Operation.Ties && inputs.stream().anyMatch(input -> input.density() < 1);
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
