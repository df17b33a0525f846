package io.paft.merge.report;

import io.paft.merge.kernel.Decisions;
import java.util.Arrays;
import java.util.stream.IntStream;

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

    /**
     * Adds counts of so many elements.
     *
     * @param only for each input, where only its term is left
     * @param undecided where no term is left
     */
    public void add(long[] only, int undecided, int count) {
        for (int input = 0; input < alone.length; input++) {
            alone[input] += only[input];
        }
        none += undecided;
        elements += count;
    }

    /** Counts the elements of two inputs by who changes them. */
    void addChanged(DeltaStatistics first, DeltaStatistics second, PairStatistics pair) {
        alone[0] += first.changed() - pair.changed();
        alone[1] += second.changed() - pair.changed();
        none += first.elements() - first.changed() - second.changed() + pair.changed();
        elements += first.elements();
    }

    /** Adds the counts of another tensor. */
    void add(DecisionStatistics other) {
        add(other, IntStream.range(0, alone.length).toArray());
    }

    /** Adds the counts of a tensor that has some of the inputs, at these positions. */
    void add(DecisionStatistics other, int[] positions) {
        for (int input = 0; input < positions.length; input++) {
            alone[positions[input]] += other.alone[input];
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
