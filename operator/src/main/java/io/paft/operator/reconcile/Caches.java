package io.paft.operator.reconcile;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.Cache;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.operator.progress.Known;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The controller's own caches, for whoever must not ask the API server; empty until the controller starts. */
public class Caches implements Known {

    private record Open(
            Cache<PaftPipeline> pipelines,
            Cache<Job> jobs,
            Cache<Pod> pods,
            Neighbourhood neighbourhood,
            SimpleInboundEventSource<PaftPipeline> progress) {}

    private final BooleanSupplier leading;
    private volatile @Nullable Open open;

    /** Of an operator that is alone. */
    public Caches() {
        this(() -> true);
    }

    /** @param leading whether this process is the one that works; what a pod tells another one would be lost */
    public Caches(BooleanSupplier leading) {
        this.leading = leading;
    }

    /** Makes the event sources of a controller that starts, and looks things up in them from now on. */
    List<EventSource<?, PaftPipeline>> open(EventSourceContext<PaftPipeline> context) {
        var jobs = EventSources.of(Job.class, context);
        var pods = EventSources.of(Pod.class, context);
        var progress = new SimpleInboundEventSource<PaftPipeline>("progress");
        var neighbourhood = new Neighbourhood(context.getPrimaryCache(), jobs, progress::propagateEvent);
        open = new Open(context.getPrimaryCache(), jobs, pods, neighbourhood, progress);
        return List.of(jobs, pods, progress);
    }

    /** The other pipelines; nobody asks before the controller starts. */
    SiblingObserver.Neighbours neighbours() {
        return Objects.requireNonNull(open, "the controller has not started").neighbourhood();
    }

    @Override
    public boolean ready() {
        return open != null && leading.getAsBoolean();
    }

    @Override
    public Optional<PaftPipeline> pipeline(String namespace, String name) {
        Open now = open;
        return now == null ? Optional.empty() : get(now.pipelines(), namespace, name);
    }

    @Override
    public Optional<Job> job(String namespace, String name) {
        Open now = open;
        return now == null ? Optional.empty() : get(now.jobs(), namespace, name);
    }

    @Override
    public Optional<Pod> pod(String namespace, String name) {
        Open now = open;
        return now == null ? Optional.empty() : get(now.pods(), namespace, name);
    }

    @Override
    public void wake(String namespace, String name) {
        Open now = open;
        if (now != null) {
            now.progress().propagateEvent(new ResourceID(name, namespace));
        }
    }

    /** Every pipeline that the operator looks after. */
    public Stream<PaftPipeline> pipelines() {
        Open now = open;
        return now == null ? Stream.empty() : now.pipelines().list();
    }

    private static <R extends HasMetadata> Optional<R> get(Cache<R> cache, String namespace, String name) {
        return cache.get(new ResourceID(name, namespace));
    }
}
