package io.paft.operator.reconcile;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.operator.metrics.StageMetrics;
import io.paft.operator.status.Transition;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.jboss.logging.Logger;

/** Tells what happened, once per transition: an Event for {@code kubectl describe}, a log line, a meter. */
public class Narrator {

    private static final Logger LOG = Logger.getLogger(Narrator.class);
    private static final int MAX_MESSAGE = 1000;

    private final KubernetesClient client;
    private final StageMetrics metrics;
    private final Clock clock;

    public Narrator(KubernetesClient client, StageMetrics metrics, Clock clock) {
        this.client = client;
        this.metrics = metrics;
        this.clock = clock;
    }

    /** @param pipeline as it was before {@code status} was written */
    void tell(PaftPipeline pipeline, PaftPipelineStatus status) {
        for (Transition transition : Transition.between(pipeline.getStatus(), status)) {
            LOG.infof(
                    "%s/%s: %s",
                    pipeline.getMetadata().getNamespace(),
                    pipeline.getMetadata().getName(),
                    transition.message());
            metrics.record(transition);
            create(event(pipeline, transition));
        }
    }

    private void create(Event event) {
        try {
            client.resource(event).create();
        } catch (KubernetesClientException e) {
            // An Event is a courtesy: the status has been written and says the same.
            LOG.debugf("event %s not recorded: %s", event.getMetadata().getName(), e.getMessage());
        }
    }

    private Event event(PaftPipeline pipeline, Transition transition) {
        String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
        String message = transition.message();
        return new EventBuilder()
                .withNewMetadata()
                .withName(name(pipeline, transition))
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
                .withMessage(message.length() <= MAX_MESSAGE ? message : message.substring(0, MAX_MESSAGE))
                .withNewSource("paft-operator", null)
                .withFirstTimestamp(now)
                .withLastTimestamp(now)
                .withCount(1)
                .build();
    }

    /** The same transition of the same version gets the same name, so that telling it twice makes one Event. */
    private static String name(PaftPipeline pipeline, Transition transition) {
        String what = pipeline.getMetadata().getUid()
                + pipeline.getMetadata().getResourceVersion()
                + transition.reason()
                + transition.message();
        UUID id = UUID.nameUUIDFromBytes(what.getBytes(StandardCharsets.UTF_8));
        return pipeline.getMetadata().getName() + "." + id.toString().substring(0, 13);
    }
}
