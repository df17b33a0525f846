package io.paft.merge.engine;

import io.paft.merge.kernel.Threshold;
import org.jspecify.annotations.Nullable;

/** Which elements of a delta are kept. The rule for each is exact: of equal magnitudes the first by flat index rank higher. */
public sealed interface Sparsifier {
    /** Keeps every element. */
    record All() implements Sparsifier {}

    /** Keeps this share of the elements, the largest magnitudes. */
    record Magnitude(double density) implements Sparsifier {}

    /** Keeps this share of the elements, the largest magnitudes below the share {@code gamma} of outliers. */
    record Outliers(double density, double gamma) implements Sparsifier {}

    /** Moves every element towards zero by lambda, and no further than zero. */
    record L1(double lambda) implements Sparsifier {}

    /** The same by the largest magnitude outside this share of the largest, so that at most that share is left. */
    record L1ToDensity(double density) implements Sparsifier {}

    /** Keeps each element with this probability, by a generator that knows the seed, the model, the tensor and the index. */
    record Bernoulli(double density) implements Sparsifier {}

    /** The same with probabilities from density - epsilon to density + epsilon, by the rank of the magnitude in its row. */
    record Ranked(double density, double epsilon) implements Sparsifier {}

    /** How many thresholds of magnitude are looked for in a tensor. */
    default int thresholds() {
        return switch (rule()) {
            case Magnitude magnitude -> 1;
            case L1ToDensity l1 -> 1;
            case Outliers outliers -> 2;
            default -> 0;
        };
    }

    /** A rule, after which what is left is scaled to the L1 norm that the delta had. */
    record Rescaled(Sparsifier rule) implements Sparsifier {}

    /**
     * A rule whose ranks and numbers are those of all tensors in which the same model has the same rule, taken one after the
     * other in the order of the output. {@link ModelThresholds} replaces it by what it finds.
     */
    record ModelWide(Sparsifier rule) implements Sparsifier {}

    /**
     * Keeps what is above one threshold but not above another, and at each of them the first so many of this tensor.
     *
     * @param keep elements above are kept
     * @param drop elements above are dropped; null when none are
     */
    record Cut(Threshold keep, @Nullable Threshold drop) implements Sparsifier {
        /** All that are at the threshold, however many. */
        static final long ALL = Long.MAX_VALUE;
    }

    /** The rule itself, without what it is ranked over and what is done after it. */
    default Sparsifier rule() {
        return switch (this) {
            case Rescaled(Sparsifier rule) -> rule;
            case ModelWide(Sparsifier rule) -> rule;
            default -> this;
        };
    }

    /** As explain prints it; empty when every element is kept. */
    default String text() {
        return switch (this) {
            case All() -> "";
            case Magnitude(double density) -> " magnitude density=" + density;
            case Outliers(double density, double gamma) -> " outliers density=" + density + " gamma=" + gamma;
            case L1(double lambda) -> " l1 lambda=" + lambda;
            case L1ToDensity(double density) -> " l1 density=" + density;
            case Bernoulli(double density) -> " random density=" + density;
            case Ranked(double density, double epsilon) -> " random by rank density=" + density + " epsilon=" + epsilon;
            case Rescaled(Sparsifier rule) -> rule.text() + " rescale=true";
            case ModelWide(Sparsifier rule) -> rule.text() + " scope=model";
            case Cut(Threshold keep, Threshold drop) ->
                " above " + Float.intBitsToFloat(keep.bits())
                        + (drop == null ? "" : " up to " + Float.intBitsToFloat(drop.bits()));
        };
    }
}
