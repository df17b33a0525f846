package io.paft.merge.engine;

import io.paft.merge.kernel.TopK;

/**
 * Which ranks by magnitude a rule keeps, counted from the largest: those up to {@code last} without the first {@code dropped}.
 */
record KeptRanks(long last, long dropped) {
    /**
     * Those of a rule that goes by magnitude.
     *
     * @param elements how many are ranked, at least 1
     */
    static KeptRanks of(Sparsifier rule, long elements) {
        return switch (rule) {
            case Sparsifier.Magnitude(double density) -> new KeptRanks(TopK.kept(density, elements), 0);
            case Sparsifier.L1ToDensity(double density) -> new KeptRanks(TopK.kept(density, elements), 0);
            case Sparsifier.Outliers(double density, double gamma) -> {
                long target = (long) (density * elements);
                long bottom = Math.max(0, elements - target - (long) (gamma * elements));
                yield new KeptRanks(elements - bottom, elements - bottom - target);
            }
            default -> throw new IllegalStateException(rule + " has no ranks");
        };
    }
}
