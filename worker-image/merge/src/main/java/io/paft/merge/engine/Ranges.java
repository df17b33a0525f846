package io.paft.merge.engine;

/** How a tensor is split for several threads: by its size alone, so that sums are formed in one order on any machine. */
final class Ranges {
    /** The most ranges of a tensor. */
    static final int MOST = 8;

    private static final long SMALLEST = 1L << 22;

    private Ranges() {}

    /** Number of ranges of a tensor that can be split. */
    static int count(long elements) {
        return Math.clamp(elements / SMALLEST, 1, MOST);
    }

    /** The first element of a range, a multiple of the tile; of {@code index == count} the number of elements. */
    static long start(long elements, int count, int index) {
        if (index == count) {
            return elements;
        }
        return elements / count * index / Tile.SIZE * Tile.SIZE;
    }
}
