package io.paft.operator.plan;

/** A spec that the CRD's rules let through but that makes no pipeline; the message says what to write. */
public class InvalidSpecException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String sentence;

    public InvalidSpecException(String sentence) {
        super(sentence);
        this.sentence = sentence;
    }

    /** The message, which an exception of this kind always has. */
    public String sentence() {
        return sentence;
    }
}
