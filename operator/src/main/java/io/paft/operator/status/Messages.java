package io.paft.operator.status;

/** Keeps the sentences of a status bounded, so that the status is. */
public final class Messages {

    private static final int LIMIT = 1024;

    private Messages() {}

    public static String cut(String text) {
        return text.length() <= LIMIT ? text : text.substring(0, LIMIT - 1) + "…";
    }
}
