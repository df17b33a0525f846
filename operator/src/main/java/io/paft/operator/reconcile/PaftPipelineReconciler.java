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
import io.paft.operator.plan.Action;
import io.paft.operator.plan.Decision;
import io.paft.operator.plan.Observation;
import io.paft.operator.plan.Planner;
import io.paft.operator.plan.Siblings;
import io.paft.operator.progress.ProgressBook;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Observe, plan, write status, apply: straight through. */
@ControllerConfiguration(name = "paftpipeline")
public class PaftPipelineReconciler implements Reconciler<PaftPipeline> {

    private static final Duration SOON = Duration.ofMillis(200);
    private static final Duration AFTER_REFUSAL = Duration.ofSeconds(15);

    /** By the uid of a pipeline: one that was deleted and applied again starts with a clean slate. */
    private final Map<String, Map<String, String>> refusals = new ConcurrentHashMap<>();

    private final Planner planner;
    private final PipelineClient client;
    private final Narrator narrator;
    private final Clock clock;
    private final Caches caches;
    private final ProgressBook progress;

    public PaftPipelineReconciler(
            Planner planner,
            PipelineClient client,
            Narrator narrator,
            Clock clock,
            Caches caches,
            ProgressBook progress) {
        this.caches = caches;
        this.progress = progress;
        this.planner = planner;
        this.client = client;
        this.narrator = narrator;
        this.clock = clock;
    }

    @Override
    public List<EventSource<?, PaftPipeline>> prepareEventSources(EventSourceContext<PaftPipeline> context) {
        return caches.open(context);
    }

    @Override
    public UpdateControl<PaftPipeline> reconcile(PaftPipeline cached, Context<PaftPipeline> context) {
        String uid = cached.getMetadata().getUid();
        Instant now = clock.instant();
        Set<Job> jobs = context.getSecondaryResources(Job.class);
        Set<Pod> pods = context.getSecondaryResources(Pod.class);
        Map<String, String> refused = refusals.getOrDefault(uid, Map.of());
        ProgressBook.Snapshot said = progress.snapshot(uid, uids(pods), now);
        Siblings siblings = SiblingObserver.observe(cached, caches.neighbours());
        Observation observed =
                JobObserver.observe(uid, jobs, pods, refused, said.pods()).among(siblings);
        // What pods said waits for its time, and goes along with any other change.
        Observation pressing = said.due()
                ? observed
                : JobObserver.observe(uid, jobs, pods, refused, Map.of()).among(siblings);
        if (!changes(cached, planner.plan(cached, pressing, now))) {
            if (said.due()) {
                progress.told(uid, said, false, now);
            }
            return later(uid);
        }
        // The cache may be behind our own last write: nothing is written or done on its word alone.
        PaftPipeline live = client.live(cached);
        if (live == null || live.isMarkedForDeletion()) {
            return UpdateControl.noUpdate();
        }
        // Edited since, it may ask for what others have.
        Decision decision = planner.plan(live, observed.among(SiblingObserver.observe(live, caches.neighbours())), now);
        boolean news = !Objects.equals(live.getStatus(), decision.status());
        if (news) {
            if (!client.writeStatus(live, decision.status())) {
                // Somebody else wrote in between: look again.
                return UpdateControl.<PaftPipeline>noUpdate().rescheduleAfter(SOON);
            }
            narrator.tell(live, decision.status());
        }
        progress.told(uid, said, news, now);
        return apply(uid, live, decision.actions());
    }

    private UpdateControl<PaftPipeline> apply(String uid, PaftPipeline live, List<Action> actions) {
        var refused = new HashMap<String, String>();
        boolean taken = false;
        for (Action action : actions) {
            switch (client.apply(live, action, caches.neighbours())) {
                case JobCreation.Outcome.Refused(String why) ->
                    refused.put(((Action.CreateJob) action).job().getMetadata().getName(), why);
                case JobCreation.Outcome.Taken() -> taken = true;
                case JobCreation.Outcome.There() -> {}
            }
        }
        if (taken) {
            // The caches will have it in a moment.
            return UpdateControl.<PaftPipeline>noUpdate().rescheduleAfter(SOON);
        }
        if (refused.isEmpty()) {
            refusals.remove(uid);
            return later(uid);
        }
        // Remembered until it works, so that the next look puts the reason into the status.
        boolean news = !refused.equals(refusals.put(uid, refused));
        return UpdateControl.<PaftPipeline>noUpdate().rescheduleAfter(news ? SOON : AFTER_REFUSAL);
    }

    /** Comes back when what pods have said meanwhile may be written. */
    private UpdateControl<PaftPipeline> later(String uid) {
        UpdateControl<PaftPipeline> nothing = UpdateControl.noUpdate();
        return progress.wait(uid, clock.instant()).map(nothing::rescheduleAfter).orElse(nothing);
    }

    private static Set<String> uids(Set<Pod> pods) {
        return pods.stream().map(pod -> pod.getMetadata().getUid()).collect(Collectors.toSet());
    }

    private static boolean changes(PaftPipeline pipeline, Decision decision) {
        return !decision.actions().isEmpty() || !Objects.equals(pipeline.getStatus(), decision.status());
    }
}
