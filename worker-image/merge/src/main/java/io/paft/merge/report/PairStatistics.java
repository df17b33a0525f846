package io.paft.merge.report;

import io.paft.merge.kernel.Moments;

/** Sums over the elements of the deltas of two inputs, of one tensor or of a whole model. */
public final class PairStatistics {
    private final Overlap before = new Overlap();
    private final Overlap after = new Overlap();
    private long elements;

    /** Adds what was measured of a tile of so many elements, before sparsifying. */
    void addBefore(Moments.Pair pair, int count) {
        elements += count;
        before.add(pair);
    }

    /** Adds what was measured of the same tile after sparsifying. */
    void addAfter(Moments.Pair pair) {
        after.add(pair);
    }

    /** How many elements both change, before sparsifying. */
    long changed() {
        return before.signs[0] + before.signs[1];
    }

    /** Notes that nothing was sparsified, in place of {@link #addAfter} for every element. */
    public void unchanged() {
        after.add(before);
    }

    /** Adds the sums of another tensor. */
    public void add(PairStatistics other) {
        elements += other.elements;
        before.add(other.before);
        after.add(other.after);
    }

    /**
     * Cosine of the angle between the deltas; NaN when one of them is zero.
     *
     * @param first norms of the first input's delta over the same elements
     * @param second of the second's
     */
    public double cosine(DeltaStatistics first, DeltaStatistics second, boolean afterSparsifying) {
        return afterSparsifying
                ? after.dot / (first.keptL2() * second.keptL2())
                : before.dot / (first.l2() * second.l2());
    }

    /** Of the elements that both deltas change, the share that they change in the same direction; NaN without any. */
    public double agreement(boolean afterSparsifying) {
        Overlap overlap = afterSparsifying ? after : before;
        return (double) overlap.signs[0] / (overlap.signs[0] + overlap.signs[1]);
    }

    /** Of all elements, the share that the two change in opposite directions; NaN without elements. */
    public double conflict(boolean afterSparsifying) {
        return (double) (afterSparsifying ? after : before).signs[1] / elements;
    }

    private static final class Overlap {
        /** Elements of the same sign and of opposite signs. */
        private final long[] signs = new long[2];

        private double dot;

        void add(Moments.Pair pair) {
            dot += pair.products();
            signs[0] += pair.same();
            signs[1] += pair.opposite();
        }

        void add(Overlap other) {
            dot += other.dot;
            signs[0] += other.signs[0];
            signs[1] += other.signs[1];
        }
    }
}
