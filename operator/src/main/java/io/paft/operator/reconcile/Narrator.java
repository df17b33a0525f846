package io.paft.operator.reconcile;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.operator.metrics.StageMetrics;
import io.paft.operator.status.Transition;
import java.time.Clock;
import java.util.List;
import org.jboss.logging.Logger;

/** Tells what happened, once per transition: an Event, a log line, a meter. */
public class Narrator {

    private static final Logger LOG = Logger.getLogger(Narrator.class);

    private final StageMetrics metrics;
    private final EventLog events;

    public Narrator(KubernetesClient client, StageMetrics metrics, Clock clock) {
        this.metrics = metrics;
        this.events = new EventLog(client, clock);
    }

    /** @param pipeline as it was before {@code status} was written */
    void tell(PaftPipeline pipeline, PaftPipelineStatus status) {
        List<Transition> transitions = Transition.between(pipeline.getStatus(), status);
        metrics.record(pipeline.getStatus(), status, transitions);
        for (Transition transition : transitions) {
            try (var _ = LogFields.of(transition.stage())) {
                LOG.infof(
                        "%s/%s: %s",
                        pipeline.getMetadata().getNamespace(),
                        pipeline.getMetadata().getName(),
                        transition.message());
            }
            events.tell(pipeline, transition);
        }
    }
}
