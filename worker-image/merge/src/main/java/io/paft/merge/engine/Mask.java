package io.paft.merge.engine;

/**
 * Sparsifies the delta of one input of one tensor: some passes that count, then passes that apply what they found. All see
 * the elements in order, tile by tile.
 */
interface Mask {
    /** Keeps everything. */
    Mask ALL = new Mask() {
        @Override
        public void apply(float[] delta, long start, int count) {}

        @Override
        public long kept(long elements) {
            return elements;
        }
    };

    /** Number of counting passes. */
    default int passes() {
        return 0;
    }

    /** Counts a tile. */
    default void count(int pass, float[] delta, int count) {}

    /** After all tiles of a counting pass. */
    default void counted(int pass) {}

    /** Before each pass that applies. */
    default void restart() {}

    /** Sets to zero what is not kept of elements {@code start} to {@code start + count - 1}. */
    void apply(float[] delta, long start, int count);

    /** How many elements the last pass kept. */
    long kept(long elements);
}
