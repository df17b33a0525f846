package io.paft.merge.engine;

import java.util.List;

/**
 * Sparsifies the delta of one input in one range of a tensor: some passes that count, then passes that apply what they
 * found. All see the elements of the range in order, tile by tile; the ranges of a tensor are worked on at the same time.
 */
interface Mask {
    /** Keeps everything. */
    Mask ALL = new Mask() {
        @Override
        public boolean splits() {
            return true;
        }

        @Override
        public void apply(float[] delta, long start, int count) {}

        @Override
        public long kept(long elements) {
            return elements;
        }
    };

    /** True when {@link #settle} knows how to bring several ranges of a tensor together; else a tensor is one range. */
    default boolean splits() {
        return false;
    }

    /** Number of counting passes; what a pass has found may add to it. */
    default int passes() {
        return 0;
    }

    /** Counts a tile. */
    default void count(int pass, float[] delta, int count) {}

    /**
     * After all tiles of a counting pass, once for the tensor.
     *
     * @param ranges this mask and those of the other ranges, in the order of the elements
     */
    default void settle(int pass, List<Mask> ranges) {}

    /** Before each pass that applies. */
    default void restart() {}

    /**
     * Fills in the next elements of the delta in a pass that applies, as far as they matter then.
     *
     * @return false when nothing was remembered: the delta is to be read
     */
    default boolean recall(float[] delta, int count) {
        return false;
    }

    /** Sets to zero what is not kept of elements {@code start} to {@code start + count - 1} of the tensor. */
    void apply(float[] delta, long start, int count);

    /** How many elements of the range, which has so many, the last pass kept. */
    long kept(long elements);
}
