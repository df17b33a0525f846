package io.paft.merge.engine;

import io.paft.merge.checkpoint.Weights;
import io.paft.merge.checkpoint.Weights.Adapted;
import io.paft.merge.checkpoint.Weights.Stored;
import io.paft.merge.kernel.Combine;
import io.paft.merge.lora.LoraFactors;
import org.jspecify.annotations.Nullable;

/** Reads tiles of one tensor of one input: its values, or its delta against the base. For one thread. */
final class TensorReader {
    private final Stored stored;
    private final @Nullable LoraFactors factors;
    private final boolean onBase;

    /**
     * A reader.
     *
     * @param weights what to read
     * @param base what deltas are taken against; null when none will be asked for
     */
    TensorReader(Weights weights, @Nullable Weights base) {
        switch (weights) {
            case Stored plain -> {
                stored = plain;
                factors = null;
            }
            case Adapted adapted -> {
                stored = adapted.stored();
                factors = adapted.delta().load();
            }
        }
        onBase = stored.equals(base);
    }

    /**
     * W in float32.
     *
     * @param scratch at least count elements
     */
    void values(long start, int count, float[] target, float[] scratch) {
        stored.read(start, count, target);
        if (factors != null) {
            factors.read(start, count, scratch);
            for (int i = 0; i < count; i++) {
                target[i] += scratch[i];
            }
        }
    }

    /**
     * W - B in float32; of an adapter on the same base its own product, which is exact.
     *
     * @param base the tile of B
     * @param scratch at least count elements
     */
    void delta(long start, int count, float[] base, float[] target, float[] scratch) {
        if (onBase && factors != null) {
            factors.read(start, count, target);
        } else {
            values(start, count, target, scratch);
            Combine.subtract(target, base, count, target);
        }
    }
}
