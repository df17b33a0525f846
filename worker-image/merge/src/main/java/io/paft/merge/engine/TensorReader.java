package io.paft.merge.engine;

import io.paft.merge.checkpoint.Weights;
import io.paft.merge.checkpoint.Weights.Adapted;
import io.paft.merge.checkpoint.Weights.Stored;
import io.paft.merge.kernel.Combine;
import io.paft.merge.lora.LoraFactors;
import io.paft.merge.lora.LoraPanel;
import org.jspecify.annotations.Nullable;

/** Reads tiles of one tensor of one input: its values, or its delta against the base. For one thread. */
final class TensorReader {
    private final Stored stored;
    private final @Nullable Product product;
    private final boolean onBase;

    private TensorReader(Source source, @Nullable Product product) {
        this.stored = source.stored();
        this.product = product;
        this.onBase = source.onBase();
    }

    /** A reader of one element after the other. */
    static TensorReader of(Source source) {
        return new TensorReader(source, source.factors() == null ? null : new LoraPanel(source.factors())::read);
    }

    /** A reader of a few elements here and there. */
    static TensorReader ofBlocks(Source source) {
        return new TensorReader(source, source.factors() == null ? null : source.factors()::read);
    }

    /** Elements of the delta of an adapter. */
    private interface Product {
        void read(long start, int count, float[] target);
    }

    /**
     * What readers of several threads share.
     *
     * @param stored the weights, of an adapted tensor those that it was trained on
     * @param factors of the adapter; null without one
     * @param onBase the stored weights are what deltas are taken against
     */
    record Source(Stored stored, @Nullable LoraFactors factors, boolean onBase) {
        /** Of weights whose adapter was loaded; without a base no deltas will be asked for. */
        static Source of(Weights weights, @Nullable Weights base) {
            return switch (weights) {
                case Stored plain -> new Source(plain, null, plain.equals(base));
                case Adapted adapted ->
                    new Source(
                            adapted.stored(),
                            adapted.delta().load(),
                            adapted.stored().equals(base));
            };
        }
    }

    /**
     * W in float32.
     *
     * @param scratch at least count elements
     */
    void values(long start, int count, float[] target, float[] scratch) {
        stored.read(start, count, target);
        if (product != null) {
            product.read(start, count, scratch);
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
        if (product == null) {
            stored.readMinus(start, count, base, target);
        } else if (onBase) {
            product.read(start, count, target);
        } else {
            values(start, count, target, scratch);
            Combine.subtract(target, base, count, target);
        }
    }

    /** Both W and W - B, the same as one after the other. */
    void both(long start, int count, float[] base, float[] values, float[] delta, float[] scratch) {
        if (product == null) {
            stored.readBoth(start, count, base, values, delta);
        } else if (onBase) {
            product.read(start, count, delta);
            for (int i = 0; i < count; i++) {
                values[i] = base[i] + delta[i];
            }
        } else {
            values(start, count, values, scratch);
            Combine.subtract(values, base, count, delta);
        }
    }
}
