package io.paft.operator.model;

/** An invariant that does not hold. */
final class Violation extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String invariant;

    Violation(String invariant, String what) {
        super(invariant + ": " + what);
        this.invariant = invariant;
    }

    /** Its name: a shorter trace must break the same one. */
    String invariant() {
        return invariant;
    }

    @SuppressWarnings("AnnotateFormatMethod") // The annotation would be a dependency of its own.
    static void when(boolean broken, String invariant, String format, Object... arguments) {
        if (broken) {
            throw new Violation(invariant, format.formatted(arguments));
        }
    }
}
