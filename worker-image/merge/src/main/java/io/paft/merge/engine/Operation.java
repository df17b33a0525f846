package io.paft.merge.engine;

/** What is done to one tensor. */
public sealed interface Operation {
    /** True when the inputs elect the sign of each element. */
    default boolean elects() {
        return this instanceof Ties || this instanceof Sce;
    }

    /** What is blended by factors of its own. */
    enum Split {
        /** The tensor as a whole. */
        NONE,
        /** Each vector along the last dimension. */
        ROWS,
        /** Each vector along the first dimension. */
        COLUMNS
    }

    /** Weighted sum of the inputs, divided by the sum of the weights when {@code normalize}. */
    record Linear(boolean normalize) implements Operation {}

    /** Base plus lambda times the weighted sum of the deltas. */
    record TaskArithmetic(float lambda, boolean normalize) implements Operation {}

    /** Base plus lambda times what is left of the deltas after sparsifying and electing signs. */
    record Ties(float lambda, boolean normalize) implements Operation {}

    /** From the base to the input along the arc between them. */
    record Slerp(double t) implements Operation {}

    /** Along the arc between two inputs, or between their deltas when there is a base. */
    record NuSlerp(Split split) implements Operation {}

    /** The weighted mean direction of the inputs or deltas at their weighted mean length. */
    record MultiSlerp(boolean normalizeWeights, double eps) implements Operation {}

    /** Between the base and the mean of the inputs, by the mean angle between the deltas. */
    record ModelStock(Split split) implements Operation {}

    /** The input where it is near to the base, the base moved towards it by {@code t} elsewhere. */
    record NearSwap(float t) implements Operation {}

    /** Changes of one input whole (times 1 + r times a quotient up to alpha), changes of several as their mean. */
    record Ram(double epsilon, double r, double alpha) implements Operation {}

    /** The share of the elements that vary most, weighted by the mean square of the deltas, of the elected sign. */
    record Sce(double selectTopK) implements Operation {}

    /** The only input times a number. */
    record Scale(float scale) implements Operation {}

    /** The bytes of the first input, which must be those of all others: types without arithmetic, and empty tensors. */
    record PassThrough() implements Operation {}
}
