package io.paft.operator.reconcile;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.config.informer.Informer;
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
import io.paft.operator.plan.Obstacle;
import io.paft.operator.plan.Planner;
import io.paft.operator.plan.Siblings;
import io.paft.operator.progress.ProgressBook;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Observe, plan, write status, apply: straight through. */
@ControllerConfiguration(name = "paftpipeline", informer = @Informer(informerListLimit = EventSources.PAGE))
public class PaftPipelineReconciler implements Reconciler<PaftPipeline> {

    private static final Duration SOON = Duration.ofMillis(200);
    private static final Duration AFTER_REFUSAL = Duration.ofSeconds(15);

    /** By the uid of a pipeline: one that was deleted and applied again starts with a clean slate. */
    private final Map<String, Map<String, String>> refusals = Collections.synchronizedMap(new BoundedMap<>(10_000));

    private final OwnWrites writes = new OwnWrites();
    private final Patience patience = new Patience();
    private final Obstacles obstacles;
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
        this.obstacles = new Obstacles(client);
        this.narrator = narrator;
        this.clock = clock;
    }

    @Override
    public List<EventSource<?, PaftPipeline>> prepareEventSources(EventSourceContext<PaftPipeline> context) {
        return caches.open(context);
    }

    @Override
    public UpdateControl<PaftPipeline> reconcile(PaftPipeline cached, Context<PaftPipeline> context) {
        try (var _ = LogFields.of(cached)) {
            return look(cached, context);
        }
    }

    private UpdateControl<PaftPipeline> look(PaftPipeline cached, Context<PaftPipeline> context) {
        String uid = cached.getMetadata().getUid();
        Instant now = clock.instant();
        Set<Job> jobs = context.getSecondaryResources(Job.class);
        Set<Pod> pods = context.getSecondaryResources(Pod.class);
        Map<String, String> refused = refusals.getOrDefault(uid, Map.of());
        ProgressBook.Snapshot said = progress.snapshot(uid, uids(pods), now);
        Siblings siblings = SiblingObserver.observe(cached, caches.neighbours());
        Observation plain =
                JobObserver.observe(uid, jobs, pods, refused, said.pods()).among(siblings);
        Obstacles.Found found = obstacles.find(cached, plain, now);
        Observation observed = plain.with(said.silence(), found.byJob());
        // What pods said waits for its time, and goes along with any other change.
        Observation pressing = said.due()
                ? observed
                : JobObserver.observe(uid, jobs, pods, refused, Map.of())
                        .among(siblings)
                        .with(said.silence(), found.byJob());
        Decision urgent = planner.plan(cached, pressing, now);
        boolean presses = changes(cached, urgent);
        if (!presses && !writes.isBehind(cached)) {
            if (said.due()) {
                progress.told(uid, said, false, now);
            }
            return later(uid, urgent.lookAgain(), found.lookAgain());
        }
        // The cache may be behind, even behind our own last write: nothing is written, done or left on its word alone.
        PaftPipeline live = client.live(cached);
        if (live == null || live.isMarkedForDeletion()) {
            return UpdateControl.noUpdate();
        }
        // Edited since, it may ask for what others have.
        Observation basis = (presses ? observed : pressing).among(SiblingObserver.observe(live, caches.neighbours()));
        Decision decision = decide(live, basis, found.byJob(), now);
        boolean news = !Objects.equals(live.getStatus(), decision.status());
        if (news) {
            writes.writing(live);
            String version = client.writeStatus(live, decision.status());
            if (version == null) {
                // Somebody else wrote in between: look again.
                return UpdateControl.<PaftPipeline>noUpdate().rescheduleAfter(SOON);
            }
            writes.stored(live, version);
            narrator.tell(live, decision.status());
        } else {
            writes.stored(live, live.getMetadata().getResourceVersion());
        }
        if (presses || said.due()) {
            progress.told(uid, said, news, now);
        }
        Applied done = apply(live, decision.actions());
        if (!done.taken()) {
            patience.end(uid);
        }
        if (done.refused().isEmpty()) {
            refusals.remove(uid);
            // Of a Job that another pipeline has just made, the caches will know in a moment; of one that stops, when
            // it has.
            Instant moment = done.taken() ? clock.instant().plus(patience.more(uid)) : null;
            return later(uid, decision.lookAgain(), found.lookAgain(), moment);
        }
        // Remembered until it works, so that the next look puts the reason into the status.
        Map<String, String> known = refusals.put(uid, done.refused());
        // By their names: what a webhook says may have a time in it.
        boolean refusedAnew =
                known == null || !known.keySet().equals(done.refused().keySet());
        return UpdateControl.<PaftPipeline>noUpdate().rescheduleAfter(refusedAnew ? SOON : AFTER_REFUSAL);
    }

    /** Decides for good; that a pod stands still is not believed on the caches' word either. */
    private Decision decide(PaftPipeline live, Observation observed, Map<String, Obstacle> obstacles, Instant now) {
        Decision decision = planner.plan(live, observed, now);
        Set<String> over = client.over(live, decision.actions());
        return over.isEmpty()
                ? decision
                : planner.plan(live, observed.with(observed.silence().andStopped(over), obstacles), now);
    }

    /**
     * What became of the actions.
     *
     * @param refused why Jobs were refused, by their names
     * @param taken whether another pipeline makes one of the results
     */
    private record Applied(Map<String, String> refused, boolean taken) {}

    private Applied apply(PaftPipeline live, List<Action> actions) {
        var refused = new HashMap<String, String>();
        boolean taken = false;
        KubernetesClientException failure = null;
        for (Action action : actions) {
            try {
                switch (client.apply(live, action, caches.neighbours())) {
                    case JobCreation.Outcome.Refused(String why) ->
                        refused.put(
                                ((Action.CreateJob) action).job().getMetadata().getName(), why);
                    case JobCreation.Outcome.Taken() -> taken = true;
                    case JobCreation.Outcome.There() -> {}
                }
            } catch (KubernetesClientException e) {
                // What ails one stage is nothing that the others should wait for.
                failure = failure == null ? e : failure;
            }
        }
        if (failure != null) {
            throw failure;
        }
        return new Applied(refused, taken);
    }

    /** Comes back when what pods have said meanwhile may be written, or when time alone has changed something. */
    private UpdateControl<PaftPipeline> later(String uid, @Nullable Instant... moments) {
        Instant now = clock.instant();
        Stream<Duration> due = Stream.of(moments)
                .filter(Objects::nonNull)
                .map(moment -> Duration.between(now, moment))
                .map(left -> left.isPositive() ? left : Duration.ofMillis(1));
        UpdateControl<PaftPipeline> nothing = UpdateControl.noUpdate();
        return Stream.concat(progress.wait(uid, now).stream(), due)
                .min(Comparator.naturalOrder())
                .map(nothing::rescheduleAfter)
                .orElse(nothing);
    }

    private static Set<String> uids(Set<Pod> pods) {
        return pods.stream().map(pod -> pod.getMetadata().getUid()).collect(Collectors.toSet());
    }

    private static boolean changes(PaftPipeline pipeline, Decision decision) {
        return !decision.actions().isEmpty() || !Objects.equals(pipeline.getStatus(), decision.status());
    }
}
