package io.paft.merge.engine;

import io.paft.merge.kernel.TopK;
import io.paft.merge.kernel.Window;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a small part of a delta to tell where a rank of its magnitudes lies. What it tells only decides how a threshold
 * is found, never which: a wrong guess costs time.
 */
final class Sample {
    static final int BLOCK = 32;
    static final int BLOCKS = 1 << 11;
    private static final long SMALLEST = 8L * BLOCK * BLOCKS;

    private final long elements;
    private final @Nullable TopK counts;

    private Sample(long elements, @Nullable TopK counts) {
        this.elements = elements;
        this.counts = counts;
    }

    /** Counts blocks that are spread evenly over the tensor; nothing of a tensor that is read quickly as a whole. */
    static Sample of(TensorPlan plan, TensorReader.Source source) {
        long elements = plan.shape().elements();
        if (elements < SMALLEST || plan.base() == null) {
            return new Sample(elements, null);
        }
        TopK counts = new TopK();
        TensorReader base = TensorReader.of(TensorReader.Source.of(plan.base(), null));
        TensorReader reader = TensorReader.ofBlocks(source);
        float[] values = new float[BLOCK];
        float[] delta = new float[BLOCK];
        float[] scratch = new float[BLOCK];
        for (int block = 0; block < BLOCKS; block++) {
            long start = start(elements, block);
            base.values(start, BLOCK, values, scratch);
            reader.delta(start, BLOCK, values, delta, scratch);
            counts.countHigh(delta, BLOCK);
        }
        return new Sample(elements, counts);
    }

    /** The first element of a block. */
    static long start(long elements, int block) {
        return (elements - BLOCK) / (BLOCKS - 1) * block;
    }

    /** Where the magnitude of a rank is to be looked for; null when that is not known. */
    @Nullable
    Window window(long rank) {
        return counts == null ? null : counts.window((double) rank / elements, (long) BLOCK * BLOCKS);
    }
}
