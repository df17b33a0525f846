package io.paft.merge.report;

import io.paft.merge.kernel.Decisions;
import java.util.Arrays;

/** Counts of the elements that each input decides alone, and of those that none does, of one tensor or of a whole model. */
public final class DecisionStatistics {
    private final long[] alone;
    private long none;
    private long elements;

    /** Counts of nothing, for this number of inputs. */
    DecisionStatistics(int inputs) {
        alone = new long[inputs];
    }

    /** Empty, for readers that set the fields of stored ones. */
    private DecisionStatistics() {
        this(0);
    }

    /** Counts elements 0 to count - 1 of sparsified deltas by the rule of {@link Decisions}. */
    public void add(float[][] deltas, float[] weights, boolean elect, float limit, int count) {
        none += Decisions.count(deltas, weights, elect, limit, count, alone);
        elements += count;
    }

    /** Adds the counts of another tensor. */
    void add(DecisionStatistics other) {
        Arrays.setAll(alone, input -> alone[input] + other.alone[input]);
        none += other.none;
        elements += other.elements;
    }

    /** Adds the counts of a tensor of fewer inputs, which have these positions among all. */
    void add(DecisionStatistics other, int[] positions) {
        for (int i = 0; i < positions.length; i++) {
            alone[positions[i]] += other.alone[i];
        }
        none += other.none;
        elements += other.elements;
    }

    /** Share of the elements where only the term of this input is left; NaN without elements. */
    public double alone(int input) {
        return (double) alone[input] / elements;
    }

    /** Share of the elements where the terms of several inputs are left; NaN without elements. */
    public double several() {
        return (double) (elements - none - Arrays.stream(alone).sum()) / elements;
    }

    /** Share of the elements where no term is left; NaN without elements. */
    public double none() {
        return (double) none / elements;
    }
}
