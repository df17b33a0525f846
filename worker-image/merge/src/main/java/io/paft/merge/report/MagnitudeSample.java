package io.paft.merge.report;

import io.paft.merge.kernel.Largest;
import io.paft.merge.kernel.Sampling;
import java.util.Arrays;

/** Gathers the magnitudes of one tensor's delta as its elements pass in order: a sample, and the largest of all. */
public final class MagnitudeSample {
    private final long stride;
    private final float[] values;
    private int filled;
    private float largest;

    /**
     * An empty sample.
     *
     * @param elements of the tensor
     * @param columns length of a row
     */
    public MagnitudeSample(long elements, long columns) {
        stride = Sampling.stride(elements, Math.max(1, columns));
        values = new float[(int) Math.ceilDiv(elements, stride)];
    }

    /** Takes elements {@code start} to {@code start + count - 1}, which are the first ones of the array. */
    public void add(float[] delta, long start, int count) {
        filled = Sampling.take(delta, start, count, stride, values, filled);
        largest = Math.max(largest, Largest.magnitude(delta, count));
    }

    /** The magnitudes, after the last element. */
    Magnitudes magnitudes() {
        if (filled == 0) {
            return new Magnitudes();
        }
        float[] sorted = Arrays.copyOf(values, filled);
        Arrays.sort(sorted);
        return new Magnitudes(new MagnitudeSketch(sorted, stride, Magnitudes.RANKS), largest);
    }
}
