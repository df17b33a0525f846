package io.paft.operator.reconcile;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.operator.plan.Decision;
import io.paft.operator.plan.Observation;
import io.paft.operator.plan.Planner;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jboss.logging.Logger;

/** Observe, plan, write status, apply: straight through. */
@ControllerConfiguration(name = "paftpipeline")
public class PaftPipelineReconciler implements Reconciler<PaftPipeline> {

    private static final Logger LOG = Logger.getLogger(PaftPipelineReconciler.class);

    private final Planner planner;
    private final PipelineClient client;
    private final Narrator narrator;
    private final Clock clock;

    public PaftPipelineReconciler(Planner planner, PipelineClient client, Narrator narrator, Clock clock) {
        this.planner = planner;
        this.client = client;
        this.narrator = narrator;
        this.clock = clock;
    }

    @Override
    public List<EventSource<?, PaftPipeline>> prepareEventSources(EventSourceContext<PaftPipeline> context) {
        return EventSources.of(context);
    }

    @Override
    public UpdateControl<PaftPipeline> reconcile(PaftPipeline cached, Context<PaftPipeline> context) {
        Observation observed =
                JobObserver.observe(context.getSecondaryResources(Job.class), context.getSecondaryResources(Pod.class));
        if (!changes(cached, planner.plan(cached, observed, clock.instant()))) {
            return UpdateControl.noUpdate();
        }
        // The cache may be behind our own last write: nothing is written or done on its word alone.
        PaftPipeline live = client.live(cached);
        if (live == null || live.isMarkedForDeletion()) {
            return UpdateControl.noUpdate();
        }
        Decision decision = planner.plan(live, observed, clock.instant());
        if (!Objects.equals(live.getStatus(), decision.status())) {
            LOG.debugf(
                    "%s/%s: writing status",
                    live.getMetadata().getNamespace(), live.getMetadata().getName());
            if (!client.writeStatus(live, decision.status())) {
                // Somebody else wrote in between: look again.
                return UpdateControl.<PaftPipeline>noUpdate().rescheduleAfter(Duration.ofMillis(200));
            }
            narrator.tell(live, decision.status());
        }
        decision.actions().forEach(action -> client.apply(live, action));
        return UpdateControl.noUpdate();
    }

    private static boolean changes(PaftPipeline pipeline, Decision decision) {
        return !decision.actions().isEmpty() || !Objects.equals(pipeline.getStatus(), decision.status());
    }
}
