package io.paft.operator.reconcile;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.operator.status.Transition;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Writes Events for {@code kubectl describe}. What happens to the same stage for the same reason again is counted in one Event with
 * the newest sentence, so that ten attempts are two lines and not twenty.
 */
final class EventLog {

    private static final Logger LOG = Logger.getLogger(EventLog.class);
    private static final int MAX_MESSAGE = 1000;

    /** An Event that is forgotten here is simply told anew. */
    private static final int REMEMBERED = 4096;

    private final KubernetesClient client;
    private final Clock clock;
    private final Instant start;
    private final Map<String, Integer> counts = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
            return size() > REMEMBERED;
        }
    };

    EventLog(KubernetesClient client, Clock clock) {
        this.client = client;
        this.clock = clock;
        this.start = clock.instant();
    }

    void tell(PaftPipeline pipeline, Transition transition) {
        String name = name(pipeline, transition);
        int count = count(name);
        try {
            if (count == 1 || !again(pipeline, transition, name, count)) {
                client.resource(event(pipeline, transition, name)).create();
            }
        } catch (KubernetesClientException e) {
            // An Event is a courtesy: the status has been written and says the same.
            LOG.debugf("event %s not recorded: %s", name, e.getMessage());
        }
    }

    private synchronized int count(String name) {
        return counts.merge(name, 1, Integer::sum);
    }

    /** False when the Event is gone: API servers keep them for an hour. */
    private boolean again(PaftPipeline pipeline, Transition transition, String name, int count) {
        Map<String, Object> changes = Map.of("count", count, "lastTimestamp", now(), "message", message(transition));
        try {
            // Of the object itself: by its name, the client would read it first, for which there is no right.
            client.resource(event(pipeline, transition, name))
                    .patch(PatchContext.of(PatchType.JSON_MERGE), Serialization.asJson(changes));
            return true;
        } catch (KubernetesClientException e) {
            if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
                throw e;
            }
            synchronized (this) {
                counts.put(name, 1);
            }
            return false;
        }
    }

    private Event event(PaftPipeline pipeline, Transition transition, String name) {
        return new EventBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(pipeline.getMetadata().getNamespace())
                .endMetadata()
                .withNewInvolvedObject()
                .withApiVersion(pipeline.getApiVersion())
                .withKind(pipeline.getKind())
                .withNamespace(pipeline.getMetadata().getNamespace())
                .withName(pipeline.getMetadata().getName())
                .withUid(pipeline.getMetadata().getUid())
                .endInvolvedObject()
                .withType(transition.warning() ? "Warning" : "Normal")
                .withReason(transition.reason())
                .withMessage(message(transition))
                .withNewSource("paft-operator", null)
                .withFirstTimestamp(now())
                .withLastTimestamp(now())
                .withCount(1)
                .build();
    }

    private static String message(Transition transition) {
        String message = transition.message();
        return message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE);
    }

    private String now() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** The same for the same stage, result and reasons, for as long as this operator runs. */
    private String name(PaftPipeline pipeline, Transition transition) {
        var stage = transition.stage();
        String what = String.join(
                "/",
                start.toString(),
                pipeline.getMetadata().getUid(),
                transition.reason(),
                text(stage == null ? null : stage.name()),
                // Another result is another story; so is another edit of the pipeline as a whole.
                text(stage == null ? pipeline.getMetadata().getGeneration().toString() : stage.key()),
                text(stage == null ? null : stage.reason()));
        UUID id = UUID.nameUUIDFromBytes(what.getBytes(StandardCharsets.UTF_8));
        return pipeline.getMetadata().getName() + "." + id.toString().substring(0, 13);
    }

    private static String text(@Nullable String value) {
        return Objects.requireNonNullElse(value, "");
    }
}
