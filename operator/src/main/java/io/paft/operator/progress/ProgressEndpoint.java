package io.paft.operator.progress;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.jobs.ProgressTarget;
import io.paft.operator.metrics.ProgressMetrics;
import io.paft.operator.plan.Progress;
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Answers a post: who sends it, whether the sender may, what it says. Knows nothing of HTTP but codes. */
public final class ProgressEndpoint {

    private static final Logger LOG = Logger.getLogger(ProgressEndpoint.class);

    private static final String ACCEPTED = "accepted";
    private static final int MAX_TOKEN = 8 * 1024;
    private static final Pattern BEARER =
            Pattern.compile("Bearer ([A-Za-z0-9_=-]+\\.[A-Za-z0-9_=-]+\\.[A-Za-z0-9_=-]+)");

    private final Known known;
    private final TokenReviews reviews;
    private final ProgressBook book;
    private final ProgressMetrics metrics;
    private final Clock clock;
    private final RateLimit limit = new RateLimit(5, Duration.ofSeconds(1), 10_000);

    /** What is sent back. */
    record Answer(int code, String body) {}

    ProgressEndpoint(Known known, TokenReviews reviews, ProgressBook book, ProgressMetrics metrics, Clock clock) {
        this.known = known;
        this.reviews = reviews;
        this.book = book;
        this.metrics = metrics;
        this.clock = clock;
        // All of them from the start, so that a first refusal is an increase and no new series.
        metrics.register(ACCEPTED);
        for (Refusal refusal : Refusal.values()) {
            metrics.register(refusal.word());
        }
    }

    /** An endpoint that asks the API server whose tokens it gets. */
    public static ProgressEndpoint of(
            KubernetesClient client, Known known, ProgressBook book, ProgressMetrics metrics, Clock clock) {
        return new ProgressEndpoint(known, new TokenReviews(new ApiReviewer(client)), book, metrics, clock);
    }

    /**
     * Takes a post or refuses it.
     *
     * @param authorization the header of that name
     * @param body complete, and no longer than {@link PostReader#LIMIT}
     */
    Answer post(String path, @Nullable String authorization, byte[] body) {
        try {
            take(path, authorization, body);
            metrics.count(ACCEPTED);
            return new Answer(HttpURLConnection.HTTP_OK, "{}");
        } catch (RefusedException e) {
            LOG.debugf("%s: %s: %s", path, e.refusal(), e.getMessage());
            return refuse(e.refusal(), e.getMessage());
        }
    }

    /** Refuses what cannot even be read. */
    Answer refuse(Refusal refusal) {
        return refuse(refusal, refusal.text());
    }

    private Answer refuse(Refusal refusal, @Nullable String message) {
        metrics.count(refusal.word());
        String body = JsonNodeFactory.instance
                .objectNode()
                .put("kind", "Status")
                .put("apiVersion", "v1")
                .put("status", "Failure")
                .put("message", message)
                .put("reason", refusal.reason())
                .put("code", refusal.code())
                .toString();
        return new Answer(refusal.code(), body);
    }

    private void take(String path, @Nullable String authorization, byte[] body) throws RefusedException {
        Instant now = clock.instant();
        String token = token(authorization);
        ProgressTarget target = ProgressTarget.of(path).orElseThrow(() -> new RefusedException(Refusal.UNKNOWN_STAGE));
        if (!known.ready()) {
            throw new RefusedException(Refusal.UNAVAILABLE);
        }
        // First what costs nothing: the API server is asked only about stages that there are.
        PaftPipeline pipeline = known.pipeline(target.namespace(), target.pipeline())
                .orElseThrow(() -> new RefusedException(Refusal.UNKNOWN_STAGE));
        StageStatus stage = Admission.stage(pipeline, target.stage());
        Sender sender = sender(token, target, pipeline, now);
        if (!limit.allows(sender.uid(), now)) {
            throw new RefusedException(Refusal.TOO_MANY);
        }
        Admission.check(
                target,
                sender,
                pipeline,
                stage,
                stage.job() == null
                        ? null
                        : known.job(target.namespace(), stage.job()).orElse(null),
                known.pod(target.namespace(), sender.pod()).orElse(null));
        Progress progress = PostReader.read(body, now);
        if (book.note(pipeline.getMetadata().getUid(), sender.uid(), progress)) {
            known.wake(target.namespace(), target.pipeline());
        }
    }

    /** Whoever it is: where nobody can be asked, or too often, a pod that is turned away has not been silent. */
    private Sender sender(String token, ProgressTarget target, PaftPipeline pipeline, Instant now)
            throws RefusedException {
        try {
            return reviews.of(token, target, now);
        } catch (RefusedException e) {
            if (e.refusal() == Refusal.UNAVAILABLE || e.refusal() == Refusal.TOO_MANY) {
                book.missed(pipeline.getMetadata().getUid(), now);
            }
            throw e;
        }
    }

    private static String token(@Nullable String authorization) throws RefusedException {
        if (authorization != null && authorization.length() <= MAX_TOKEN) {
            Matcher match = BEARER.matcher(authorization);
            if (match.matches()) {
                return match.group(1);
            }
        }
        throw new RefusedException(Refusal.NO_TOKEN);
    }
}
