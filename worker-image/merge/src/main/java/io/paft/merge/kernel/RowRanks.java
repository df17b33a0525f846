package io.paft.merge.kernel;

import java.util.Arrays;
import java.util.BitSet;

/**
 * Keeps elements of one row at random, with a probability that grows with the rank of the magnitude in the row: linearly
 * from density - epsilon for the smallest to density + epsilon for the largest. A row of one element has the density.
 */
public final class RowRanks {
    private static final int MAGNITUDE = 0x7fffffff;
    private static final long INDEX = 0xffffffffL;

    private final long[] keys;
    private final BitSet kept;

    /** For rows of this length. */
    public RowRanks(int length) {
        keys = new long[length];
        kept = new BitSet(length);
    }

    /** Bytes that one takes. */
    public static long bytes(long length) {
        return length * Long.BYTES + length / Byte.SIZE;
    }

    /** Takes elements 0 to count - 1 as those of the row from {@code from} on. */
    public void load(float[] values, int from, int count) {
        for (int i = 0; i < count; i++) {
            long magnitude = Float.floatToRawIntBits(values[i]) & MAGNITUDE;
            // Of equal magnitudes the first by index ranks higher.
            keys[from + i] = (magnitude << 32) | (INDEX - (from + i));
        }
    }

    /**
     * Once the whole row is loaded: draws which of its elements are kept.
     *
     * @param key of the generator
     * @param start index in the tensor of the row's first element
     */
    public void draw(long key, long start, double density, double epsilon) {
        Arrays.sort(keys);
        kept.clear();
        int last = keys.length - 1;
        for (int rank = 0; rank <= last; rank++) {
            int index = (int) (INDEX - (keys[rank] & INDEX));
            double share = last == 0 ? 0.5 : (double) rank / last;
            double probability = density - epsilon + 2 * epsilon * share;
            if (CounterRandom.uniform(key, start + index) < probability) {
                kept.set(index);
            }
        }
    }

    /** True when the row's element of this index was kept. */
    public boolean isKept(int index) {
        return kept.get(index);
    }
}
