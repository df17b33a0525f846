package io.paft.operator.status;

import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a person asks for with the annotation {@code paft.io/retry}: to try the stages again that have failed. */
public final class RetryRequest {

    /** On a pipeline: the request. On a Job: the request that it was made for. */
    public static final String ANNOTATION = "paft.io/retry";

    private static final int LONGEST = 63;

    private RetryRequest() {}

    /** The request that has not been dealt with, if there is one. */
    public static Optional<String> open(PaftPipeline pipeline) {
        return asked(pipeline).filter(token -> !token.equals(recorded(pipeline.getStatus())));
    }

    /** What the status shall say has been dealt with; an annotation that was taken away is still remembered. */
    static @Nullable String dealtWith(PaftPipeline pipeline) {
        return asked(pipeline).orElse(recorded(pipeline.getStatus()));
    }

    static @Nullable String recorded(@Nullable PaftPipelineStatus status) {
        return status == null ? null : status.retry();
    }

    private static Optional<String> asked(PaftPipeline pipeline) {
        Map<String, String> annotations = pipeline.getMetadata().getAnnotations();
        return annotations == null
                ? Optional.empty()
                : Optional.ofNullable(annotations.get(ANNOTATION)).map(RetryRequest::bounded);
    }

    /** An annotation may be long; the status holds it once per stage. */
    private static String bounded(String value) {
        return value.length() <= LONGEST ? value : "sha256-" + sha256(value).substring(0, 32);
    }

    private static String sha256(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
