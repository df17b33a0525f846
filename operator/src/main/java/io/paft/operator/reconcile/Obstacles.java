package io.paft.operator.reconcile;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.StageState;
import io.paft.operator.plan.Observation;
import io.paft.operator.plan.Observation.Hold;
import io.paft.operator.plan.Observation.JobState;
import io.paft.operator.plan.Observation.ObservedJob;
import io.paft.operator.plan.Observation.ObservedPod;
import io.paft.operator.plan.Obstacle;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Finds out why pods do not come or start. What the scheduler says stands in the pod; a pod that is refused, or whose volume is not
 * there, leaves nothing but Events: they are read when a start takes long, seldom, and never watched. Words that change all the
 * time are kept for a while, so that they do not cost a write each time.
 */
final class Obstacles {

    /** A healthy start on a node that has the image is over by then. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    static final Duration HOLD = Duration.ofMinutes(1);

    private static final Logger LOG = Logger.getLogger(Obstacles.class);
    private static final int PIPELINES = 10_000;
    private static final Duration SELDOM = Duration.ofMinutes(5);

    /** By the uid of a pipeline, then of the Job or pod that keeps it waiting. */
    private final Map<String, Map<String, Watch>> pipelines = Collections.synchronizedMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Map<String, Watch>> eldest) {
            // Nobody says here that a pipeline has been deleted while it waited.
            return size() > PIPELINES;
        }
    });

    private final PipelineClient client;

    Obstacles(PipelineClient client) {
        this.client = client;
    }

    /**
     * What is known.
     *
     * @param byJob by the Job's name
     * @param lookAgain when to ask again, or null when nothing waits
     */
    record Found(Map<String, Obstacle> byJob, @Nullable Instant lookAgain) {}

    /** What was found about one waiting object. */
    private static final class Watch {
        private Instant next;
        private Duration pause = PATIENCE;
        private @Nullable Obstacle told;
        private Instant toldAt = Instant.MIN;

        Watch(Instant next) {
            this.next = next;
        }
    }

    Found find(PaftPipeline pipeline, Observation observed, Instant now) {
        String uid = pipeline.getMetadata().getUid();
        Map<String, Watch> watches = pipelines.computeIfAbsent(uid, any -> new ConcurrentHashMap<>());
        var byJob = new HashMap<String, Obstacle>();
        Set<String> waiting = new HashSet<>();
        Instant again = null;
        for (ObservedJob job : observed.jobs()) {
            String subject = subject(job);
            if (subject != null) {
                waiting.add(subject);
                Watch watch = watches.computeIfAbsent(subject, any -> new Watch(first(pipeline, job, now)));
                Obstacle obstacle = obstacle(job, pipeline.getMetadata().getNamespace(), subject, watch, now);
                if (obstacle != null) {
                    byJob.put(job.name(), obstacle);
                }
                again = again == null || watch.next.isBefore(again) ? watch.next : again;
            }
        }
        watches.keySet().retainAll(waiting);
        if (watches.isEmpty()) {
            pipelines.remove(uid);
        }
        return new Found(byJob, again);
    }

    /** An operator that has just started must not take back what the status says: it looks at once. */
    private static Instant first(PaftPipeline pipeline, ObservedJob job, Instant now) {
        boolean told = pipeline.getStatus() != null
                && pipeline.getStatus().stages() != null
                && pipeline.getStatus().stages().stream()
                        .filter(stage -> job.name().equals(stage.job()))
                        .anyMatch(stage -> stage.state() == StageState.Pending && !"Starting".equals(stage.reason()));
        return told ? now : now.plus(PATIENCE);
    }

    /** The pod that waits, or the Job whose pod has not come; null when it does not wait. */
    private static @Nullable String subject(ObservedJob job) {
        if (job.state() != JobState.ACTIVE || job.deleting() || job.hold() != Hold.NONE) {
            return null;
        }
        if (job.pods().isEmpty()) {
            return job.uid();
        }
        return switch (job.pods().getLast()) {
            case ObservedPod.Waiting waiting -> waiting.pod().uid();
            case ObservedPod.Running running -> null;
            // The next one is due.
            case ObservedPod.Ended ended -> ended.succeeded() ? null : job.uid();
        };
    }

    private @Nullable Obstacle obstacle(ObservedJob job, String namespace, String subject, Watch watch, Instant now) {
        if (!job.pods().isEmpty()
                && job.pods().getLast() instanceof ObservedPod.Waiting(String reason, String message, var _)
                && reason != null) {
            // The pod says it itself; it wakes the operator when that changes.
            watch.next = now.plus(HOLD);
            return message == null ? null : held(watch, new Obstacle(reason, message), now);
        }
        if (!now.isBefore(watch.next)) {
            ask(namespace, subject, job, watch, now);
        }
        return watch.told;
    }

    private void ask(String namespace, String subject, ObservedJob job, Watch watch, Instant now) {
        watch.next = now.plus(watch.pause);
        Duration twice = watch.pause.multipliedBy(2);
        watch.pause = twice.compareTo(SELDOM) < 0 ? twice : SELDOM;
        try {
            Optional<Event> last =
                    client.events(namespace, subject).stream().max(Comparator.comparing(Obstacles::time));
            watch.told = last.filter(event -> "Warning".equals(event.getType()))
                    .map(event -> new Obstacle(event.getReason(), text(event, job)))
                    .map(obstacle -> held(watch, obstacle, now))
                    .orElse(null);
        } catch (KubernetesClientException e) {
            LOG.debugf("Events about %s of %s not read: %s", subject, namespace, e.getMessage());
        }
    }

    /** The words that were told before, while the reason is the same and not much time has passed. */
    private static Obstacle held(Watch watch, Obstacle obstacle, Instant now) {
        boolean keep = watch.told != null
                && watch.told.reason().equals(obstacle.reason())
                && now.isBefore(watch.toldAt.plus(HOLD))
                && !now.isBefore(watch.toldAt);
        if (keep) {
            return Objects.requireNonNull(watch.told);
        }
        if (!obstacle.equals(watch.told)) {
            watch.toldAt = now;
        }
        watch.told = obstacle;
        return obstacle;
    }

    /** Every attempt of the Job controller has another pod name, which is nothing new. */
    private static String text(Event event, ObservedJob job) {
        String message = Objects.requireNonNullElse(event.getMessage(), "");
        return message.replaceAll("\\Q" + job.name() + "\\E-[a-z0-9]{5}\\b", job.name());
    }

    private static Instant time(Event event) {
        String time = event.getLastTimestamp();
        if (time == null && event.getSeries() != null && event.getSeries().getLastObservedTime() != null) {
            time = event.getSeries().getLastObservedTime().getTime();
        }
        if (time == null && event.getEventTime() != null) {
            time = event.getEventTime().getTime();
        }
        return Instant.parse(time == null ? event.getMetadata().getCreationTimestamp() : time);
    }
}
