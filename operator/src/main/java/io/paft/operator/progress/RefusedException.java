package io.paft.operator.progress;

/** A post is not taken. */
final class RefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    private final Refusal refusal;

    RefusedException(Refusal refusal) {
        this(refusal, refusal.text());
    }

    /** @param message never with a word of the token */
    RefusedException(Refusal refusal, String message) {
        // Whoever sends many bad posts should not make us fill in stack traces.
        super(message, null, false, false);
        this.refusal = refusal;
    }

    Refusal refusal() {
        return refusal;
    }
}
