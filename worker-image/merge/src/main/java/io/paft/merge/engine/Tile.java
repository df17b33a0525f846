package io.paft.merge.engine;

import io.paft.merge.kernel.Moments;
import io.paft.merge.kernel.Shortlist;
import io.paft.merge.kernel.TopK;
import io.paft.merge.kernel.Window;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The working memory of one range of a tensor: a piece of every input that fits the processor's cache. Its size is fixed,
 * and with it the order in which sums are formed, so that results do not depend on the machine.
 */
final class Tile {
    /** Elements of a tile. */
    static final int SIZE = 1 << 13;

    /** Bytes of encoded elements that are written at once: many small writes cost more than the bytes do. */
    private static final long PART = 1L << 18;

    private static final long HISTOGRAMS = ((1 << 16) + (1 << 15)) * (long) Long.BYTES;

    final float[] base = new float[SIZE];
    final float[] output = new float[SIZE];
    final float[] scratch = new float[SIZE];
    final float[][] values;
    final float[][] deltas;
    final MemorySegment encoded;
    /** What measures the report. */
    final Moments moments = new Moments(SIZE);

    private final @Nullable TopK[] selectors;
    private final @Nullable Shortlist[] lists;

    Tile(int inputs, Arena arena) {
        values = new float[inputs][SIZE];
        deltas = new float[inputs][SIZE];
        encoded = arena.allocate(PART, Double.BYTES);
        selectors = new TopK[2 * inputs];
        lists = new Shortlist[inputs];
    }

    /** Histograms for an input, without counts; the tile keeps them for the next tensor. */
    TopK selector(int index) {
        TopK selector = selectors[index];
        if (selector == null) {
            selector = new TopK();
            selectors[index] = selector;
        }
        selector.reset();
        return selector;
    }

    /** A list for an input; the tile keeps it for the next tensor. */
    Shortlist list(int input) {
        Shortlist list = lists[input];
        if (list == null) {
            list = new Shortlist();
            lists[input] = list;
        }
        return list;
    }

    /**
     * Bytes that a tile takes.
     *
     * @param inputs how many it has room for
     * @param searches how many thresholds are looked for, each with histograms and a window
     */
    static long bytes(int inputs, int searches) {
        long counts = HISTOGRAMS + (long) Window.WIDEST * Integer.BYTES;
        return SIZE * (long) Float.BYTES * (3 + 2 * inputs) + PART + searches * counts;
    }
}
