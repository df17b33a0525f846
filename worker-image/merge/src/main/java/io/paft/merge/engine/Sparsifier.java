package io.paft.merge.engine;

/** Which elements of a delta are kept. The rule for each is exact: of equal magnitudes the first by flat index rank higher. */
public sealed interface Sparsifier {
    /** Keeps every element. */
    record All() implements Sparsifier {}

    /** Keeps this share of the elements, the largest magnitudes. */
    record Magnitude(double density) implements Sparsifier {}

    /** Keeps this share of the elements, the largest magnitudes below the share {@code gamma} of outliers. */
    record Outliers(double density, double gamma) implements Sparsifier {}

    /** Keeps each element with this probability, by a generator that knows the seed, the model, the tensor and the index. */
    record Bernoulli(double density) implements Sparsifier {}

    /** The same with probabilities from density - epsilon to density + epsilon, by the rank of the magnitude in its row. */
    record Ranked(double density, double epsilon) implements Sparsifier {}

    /** How many thresholds of magnitude are looked for in a tensor. */
    default int thresholds() {
        return switch (this) {
            case Magnitude magnitude -> 1;
            case Outliers outliers -> 2;
            case All all -> 0;
            case Bernoulli bernoulli -> 0;
            case Ranked ranked -> 0;
        };
    }

    /** As explain prints it; empty when every element is kept. */
    default String text() {
        return switch (this) {
            case All() -> "";
            case Magnitude(double density) -> " density=" + density;
            case Outliers(double density, double gamma) -> " density=" + density + " gamma=" + gamma;
            case Bernoulli(double density) -> " density=" + density + " at random";
            case Ranked(double density, double epsilon) -> " density=" + density + " epsilon=" + epsilon + " at random";
        };
    }
}
