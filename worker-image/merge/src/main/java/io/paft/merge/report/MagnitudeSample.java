package io.paft.merge.report;

import io.paft.merge.kernel.Ascending;
import io.paft.merge.kernel.Sampling;
import java.util.Arrays;

/**
 * Gathers the magnitudes of one tensor's delta, or of a range of it, as its elements pass in order: a sample, and the
 * largest of all.
 */
public final class MagnitudeSample {
    private final long stride;
    private long position;
    private float[] values;
    private int filled;
    private float largest;

    /**
     * An empty sample.
     *
     * @param elements of the whole tensor
     * @param columns length of a row
     * @param from the first element of the range
     * @param to the one after its last
     */
    public MagnitudeSample(long elements, long columns, long from, long to) {
        stride = Sampling.stride(elements, Math.max(1, columns));
        position = from;
        values = new float[(int) (Math.ceilDiv(to, stride) - Math.ceilDiv(from, stride))];
    }

    /**
     * Takes the next elements, 0 to count - 1 of the array.
     *
     * @param magnitude the largest of them
     */
    public void add(float[] delta, int count, float magnitude) {
        filled = Sampling.take(delta, position, count, stride, values, filled);
        largest = Math.max(largest, magnitude);
        position += count;
    }

    /** Adds another range of the same tensor. */
    void add(MagnitudeSample other) {
        float[] both = Arrays.copyOf(values, filled + other.filled);
        System.arraycopy(other.values, 0, both, filled, other.filled);
        values = both;
        filled = both.length;
        largest = Math.max(largest, other.largest);
    }

    /** The magnitudes, after the last element of the last range. */
    Magnitudes magnitudes() {
        if (filled == 0) {
            return new Magnitudes();
        }
        return new Magnitudes(new MagnitudeSketch(Ascending.of(values, filled), stride, Magnitudes.RANKS), largest);
    }
}
