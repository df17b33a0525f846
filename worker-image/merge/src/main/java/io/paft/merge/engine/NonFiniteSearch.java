package io.paft.merge.engine;

import io.paft.merge.checkpoint.Weights;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds the first element of a tensor's inputs that is NaN or infinite, after something told that there is one. */
final class NonFiniteSearch {
    private NonFiniteSearch() {}

    /** As the start of a sentence, such as {@code element 17 of sft is NaN}: of the base, else of the first input. */
    static Optional<String> first(TensorPlan plan) {
        return Optional.ofNullable(plan.base())
                .flatMap(base -> first(plan, base, "the base model"))
                .or(() -> plan.inputs().stream()
                        .map(input -> first(plan, input.weights(), input.model()))
                        .flatMap(Optional::stream)
                        .findFirst());
    }

    private static Optional<String> first(TensorPlan plan, @Nullable Weights weights, String model) {
        if (weights == null) {
            return Optional.empty();
        }
        TensorReader reader = TensorReader.of(TensorReader.Source.of(weights, null));
        float[] values = new float[Tile.SIZE];
        float[] scratch = new float[Tile.SIZE];
        long elements = plan.shape().elements();
        for (long start = 0; start < elements; start += Tile.SIZE) {
            int count = (int) Math.min(Tile.SIZE, elements - start);
            reader.values(start, count, values, scratch);
            for (int i = 0; i < count; i++) {
                if (!Float.isFinite(values[i])) {
                    return Optional.of("element " + (start + i) + " of " + model + " is " + values[i]);
                }
            }
        }
        return Optional.empty();
    }
}
