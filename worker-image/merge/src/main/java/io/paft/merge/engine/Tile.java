package io.paft.merge.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The working memory of one thread: a piece of every input that fits the processor's cache. Its size is fixed, and with
 * it the order in which sums are formed, so that results do not depend on the machine.
 */
final class Tile {
    /** Elements of a tile. */
    static final int SIZE = 1 << 15;

    final float[] base = new float[SIZE];
    final float[] output = new float[SIZE];
    final float[] scratch = new float[SIZE];
    final float[][] values;
    final float[][] deltas;
    final MemorySegment encoded;

    Tile(int inputs, Arena arena) {
        values = new float[inputs][SIZE];
        deltas = new float[inputs][SIZE];
        encoded = arena.allocate((long) SIZE * Double.BYTES, Double.BYTES);
    }

    /** Bytes that a tile for this number of inputs takes, the histograms of its thread included, two for each input. */
    static long bytes(int inputs) {
        long histogram = ((1 << 16) + (1 << 15)) * (long) Long.BYTES;
        return SIZE * (long) (Float.BYTES * (3 + 2 * inputs) + Double.BYTES) + 2L * inputs * histogram;
    }
}
