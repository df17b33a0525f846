package io.paft.operator.progress;

import java.net.HttpURLConnection;
import java.util.Locale;

/** Why a post is not taken: the label of a meter, and what its sender hears. */
public enum Refusal {
    MALFORMED(422, "Invalid", "the body is not a progress report"),
    TOO_LARGE(HttpURLConnection.HTTP_ENTITY_TOO_LARGE, "RequestEntityTooLarge", "the body is too large"),
    NO_TOKEN(HttpURLConnection.HTTP_UNAUTHORIZED, "Unauthorized", Texts.UNAUTHORIZED),
    /** Forged, expired, for another audience, or of a pod that is gone: the API server does not say which. */
    TOKEN_REFUSED(HttpURLConnection.HTTP_UNAUTHORIZED, "Unauthorized", Texts.UNAUTHORIZED),
    /** Sounds like a refused token, so that nobody finds out the names of pipelines here. */
    UNKNOWN_STAGE(HttpURLConnection.HTTP_UNAUTHORIZED, "Unauthorized", Texts.UNAUTHORIZED),
    NOT_OF_A_POD(HttpURLConnection.HTTP_FORBIDDEN, "Forbidden", "the token is not bound to a pod"),
    OTHER_NAMESPACE(HttpURLConnection.HTTP_FORBIDDEN, "Forbidden", "the token is of another namespace"),
    STAGE_ENDED(HttpURLConnection.HTTP_FORBIDDEN, "Forbidden", "the stage has ended"),
    POD_GONE(HttpURLConnection.HTTP_FORBIDDEN, "Forbidden", "the pod of the token has ended or is not known"),
    OLD_JOB(HttpURLConnection.HTTP_FORBIDDEN, "Forbidden", "the pod is of a Job that is no longer wanted"),
    OTHER_STAGE(HttpURLConnection.HTTP_FORBIDDEN, "Forbidden", "the pod is not of this stage's Job"),
    TOO_MANY(429, "TooManyRequests", "one post per second is plenty"),
    UNAVAILABLE(HttpURLConnection.HTTP_UNAVAILABLE, "ServiceUnavailable", "try again in a while");

    private final int code;
    private final String reason;
    private final String text;

    Refusal(int code, String reason, String text) {
        this.code = code;
        this.reason = reason;
        this.text = text;
    }

    /** The label of the meter. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** HTTP status. */
    int code() {
        return code;
    }

    /** The word of a Kubernetes {@code Status}. */
    String reason() {
        return reason;
    }

    String text() {
        return text;
    }

    /** Constants of an enum cannot name its own fields. */
    private static final class Texts {
        static final String UNAUTHORIZED = "this token gives no right to report here";
    }
}
