package io.paft.merge.kernel;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the exact k-th largest magnitude in one pass, where it is known between which magnitudes it lies: counts what is
 * above them, and every magnitude between them by itself. A pass over few magnitudes hardly leaves the processor's fast
 * path, so it takes a third of the time of the first pass of {@link TopK}, and needs no second.
 */
public final class Window {
    /** The most magnitudes between the limits: 4 MiB of counts. */
    public static final int WIDEST = 1 << 20;

    private static final int MAGNITUDE = 0x7fffffff;

    private final int low;
    private final int span;
    private final int[] counts;
    /** Room for what a call finds in the window. */
    private int[] inside = new int[0];

    private long above;

    /**
     * Counts nothing yet.
     *
     * @param low the smallest magnitude counted by itself, as bits
     * @param span number of magnitudes counted by themselves, at most {@link #WIDEST}
     */
    public Window(int low, int span) {
        this.low = low;
        this.span = span;
        this.counts = new int[span];
    }

    /** Another with the same limits. */
    public Window another() {
        return new Window(low, span);
    }

    /** Counts elements 0 to count - 1; in all, fewer than 2^31. */
    public void count(float[] values, int count) {
        count(values, 0, count);
    }

    /** Counts elements {@code from} to {@code from + count - 1}. */
    void count(float[] values, int from, int count) {
        if (Simd.isUsed()) {
            int room = count + VectorElements.WIDEST;
            if (inside.length < room) {
                inside = new int[room];
            }
            above += VectorElements.countWindow(values, from, count, low, span, counts, inside);
        } else {
            above += countWindow(values, from, from + count, low, span, counts);
        }
    }

    /** The smallest magnitude counted by itself, as bits. */
    public int low() {
        return low;
    }

    /** The reference; returns how many are above the window. */
    static int countWindow(float[] values, int from, int end, int low, int span, int[] counts) {
        int found = 0;
        for (int i = from; i < end; i++) {
            int distance = (Float.floatToRawIntBits(values[i]) & MAGNITUDE) - low;
            if (distance >= span) {
                found++;
            } else if (distance >= 0) {
                counts[distance]++;
            }
        }
        return found;
    }

    /**
     * The threshold that keeps exactly k of the elements of all these ranges together.
     *
     * @return null when the k-th largest is not in the window
     */
    public static @Nullable Threshold threshold(long k, List<Window> ranges) {
        Window first = ranges.getFirst();
        long rank = k;
        for (Window range : ranges) {
            rank -= range.above;
        }
        if (rank <= 0) {
            return null;
        }
        for (int index = first.span - 1; index >= 0; index--) {
            long equal = 0;
            for (Window range : ranges) {
                equal += range.counts[index];
            }
            if (rank <= equal) {
                return new Threshold(first.low + index, rank);
            }
            rank -= equal;
        }
        return null;
    }

    /** How many elements have a magnitude above that of a threshold in the window. */
    public long above(Threshold threshold) {
        long found = above;
        for (int i = threshold.bits() - low + 1; i < span; i++) {
            found += counts[i];
        }
        return found;
    }

    /** How many elements have exactly the magnitude of a threshold in the window. */
    public long equal(Threshold threshold) {
        return counts[threshold.bits() - low];
    }
}
