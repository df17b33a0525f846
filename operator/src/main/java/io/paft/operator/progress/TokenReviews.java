package io.paft.operator.progress;

import io.fabric8.kubernetes.api.model.authentication.TokenReviewStatus;
import io.paft.operator.jobs.ProgressTarget;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Asks the API server who a token is of, remembers the answer for a short while by the token's hash, and never asks too often. */
final class TokenReviews {

    /** How long a token that was withdrawn is still believed; what became of its pod is looked at with every post. */
    private static final Duration BELIEVED = Duration.ofSeconds(60);

    private static final Duration DISBELIEVED = Duration.ofSeconds(10);
    private static final int REMEMBERED = 4096;

    private final Reviewer reviewer;
    private final RateLimit limit = new RateLimit(20, Duration.ofSeconds(1), REMEMBERED);
    private final Map<String, Answer> answers = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Answer> eldest) {
            return size() > REMEMBERED;
        }
    };

    /** The API server. */
    @FunctionalInterface
    interface Reviewer {

        /** Its verdict, or null when it gives none now. */
        @Nullable
        TokenReviewStatus review(String token, String audience);
    }

    private record Answer(@Nullable Sender sender, @Nullable Refusal refusal, Instant until) {}

    TokenReviews(Reviewer reviewer) {
        this.reviewer = reviewer;
    }

    /**
     * The sender that a token speaks for.
     *
     * @throws RefusedException when it is not good for the target, or the API server cannot be asked now
     */
    Sender of(String token, ProgressTarget target, Instant now) throws RefusedException {
        String name = hash(target.audience() + "\n" + token);
        Answer answer =
                remembered(name).filter(known -> now.isBefore(known.until())).orElse(null);
        if (answer == null) {
            // Bad tokens in great numbers must not become requests in great numbers.
            if (!limit.allows(target.audience(), now)) {
                throw new RefusedException(Refusal.TOO_MANY);
            }
            answer = ask(token, target, now);
            remember(name, answer);
        }
        if (answer.sender() == null) {
            throw new RefusedException(answer.refusal() == null ? Refusal.TOKEN_REFUSED : answer.refusal());
        }
        return answer.sender();
    }

    private Answer ask(String token, ProgressTarget target, Instant now) throws RefusedException {
        TokenReviewStatus review = reviewer.review(token, target.audience());
        if (review == null) {
            throw new RefusedException(Refusal.UNAVAILABLE);
        }
        try {
            return new Answer(Sender.of(review, target.audience()), null, now.plus(BELIEVED));
        } catch (RefusedException e) {
            return new Answer(null, e.refusal(), now.plus(DISBELIEVED));
        }
    }

    private Optional<Answer> remembered(String name) {
        synchronized (answers) {
            return Optional.ofNullable(answers.get(name));
        }
    }

    private void remember(String name, Answer answer) {
        synchronized (answers) {
            answers.put(name, answer);
        }
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
