package io.paft.merge;

import org.jspecify.annotations.Nullable;

/** A merge that cannot go on, with a sentence for a person: what is wrong, where, what to do. */
public final class MergeException extends RuntimeException {
    private final Reason reason;

    public MergeException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public MergeException(Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** The reason of the stage contract. */
    public Reason reason() {
        return reason;
    }

    /** The sentence; never null, unlike {@link #getMessage()}. */
    public String sentence() {
        String text = getMessage();
        return text == null ? reason.name() : text;
    }
}
