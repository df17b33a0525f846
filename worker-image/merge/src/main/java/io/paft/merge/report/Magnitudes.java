package io.paft.merge.report;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the magnitudes |d| of a delta are distributed: the exact maximum, and quantiles of a sample. Of one tensor the
 * quantiles are those of its sample, of several those of a histogram in which each sampled element counts as often as its
 * tensor has elements for it.
 */
public final class Magnitudes {
    /** The shares of the elements at or below a quantile. */
    static final List<Double> RANKS = List.of(0.5, 0.9, 0.99, 0.999);

    /** The only tensor so far; null when there are none or several. */
    private @Nullable MagnitudeSketch only;

    /** Of several tensors; null when there are none or one. */
    private @Nullable MagnitudeHistogram histogram;

    private long sampled;
    private float largest;

    /** Of nothing. */
    Magnitudes() {}

    /** Of one tensor. */
    Magnitudes(MagnitudeSketch sketch, float largest) {
        this.only = sketch;
        this.sampled = sketch.sampled();
        this.largest = largest;
    }

    /** Adds those of other tensors. */
    void add(Magnitudes other) {
        largest = Math.max(largest, other.largest);
        if (sampled == 0 && other.only != null) {
            only = other.only;
        } else if (other.sampled > 0) {
            MagnitudeHistogram sum = histogram == null ? new MagnitudeHistogram() : histogram;
            if (only != null) {
                only.addTo(sum);
            }
            if (other.only != null) {
                other.only.addTo(sum);
            }
            if (other.histogram != null) {
                sum.add(other.histogram);
            }
            only = null;
            histogram = sum;
        }
        sampled += other.sampled;
    }

    /** How many elements were sampled. */
    public long sampled() {
        return sampled;
    }

    /** The largest magnitude of all elements, exact; NaN without elements. */
    public double largest() {
        return sampled == 0 ? Double.NaN : largest;
    }

    /** The magnitude that the share {@code RANKS.get(rank)} of the elements does not exceed; NaN without elements. */
    public double quantile(int rank) {
        if (only != null) {
            return only.quantile(rank);
        }
        return histogram == null ? Double.NaN : Math.min(largest, histogram.quantile(RANKS.get(rank)));
    }
}
