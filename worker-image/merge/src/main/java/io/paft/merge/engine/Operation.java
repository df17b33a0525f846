package io.paft.merge.engine;

/** What is done to one tensor. */
public sealed interface Operation {
    /** Weighted sum of the inputs, divided by the sum of the weights when {@code normalize}. */
    record Linear(boolean normalize) implements Operation {}

    /** Base plus lambda times the weighted sum of the deltas. */
    record TaskArithmetic(float lambda, boolean normalize, boolean rescale) implements Operation {}

    /** Base plus lambda times what is left of the deltas after sparsifying and electing signs. */
    record Ties(float lambda, boolean normalize, boolean rescale) implements Operation {}

    /** The bytes of the first input, which must be those of all others: types without arithmetic, and empty tensors. */
    record PassThrough() implements Operation {}
}
