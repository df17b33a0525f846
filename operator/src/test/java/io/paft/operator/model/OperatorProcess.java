package io.paft.operator.model;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.operator.jobs.Images;
import io.paft.operator.jobs.JobFactory;
import io.paft.operator.plan.Decision;
import io.paft.operator.plan.Observation;
import io.paft.operator.plan.Planner;
import io.paft.operator.reconcile.CachesStandIn;
import io.paft.operator.reconcile.JobObserver;
import io.paft.operator.reconcile.PaftPipelineReconciler;
import io.paft.operator.reconcile.SilentNarrator;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One running operator: caches that lag, the real reconciler, and what wakes it, as the controller runtime does it. */
final class OperatorProcess {

    /** The end of the process, in the middle of what it does. */
    static final class Crash extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Crash() {
            super("crash", null, false, false);
        }
    }

    static final Planner PLANNER = new Planner(new JobFactory(new Images("trainer", "merge", "IfNotPresent")));

    private static final SilentNarrator NARRATOR = new SilentNarrator();
    /** Comparing all plans would take most of the time. */
    private static final int IDEMPOTENCE = 4;

    private static final Duration FIRST_RETRY = Duration.ofSeconds(1);

    private final Cluster cluster;
    private final Supplier<SimulatedApi.@Nullable Fault> before;
    private final Function<String, Checks> watcher;
    private final Map<String, Checks> checks = new HashMap<>();
    final int number;

    private Watch<PaftPipeline> pipelines;
    private Watch<Job> jobs;
    private Watch<Pod> pods;
    private Endpoint endpoint;
    private CachesStandIn caches;
    private PaftPipelineReconciler reconciler;
    private SimulatedApi api;
    private final Set<String> due = new LinkedHashSet<>();
    private final Map<String, Instant> timers = new LinkedHashMap<>();
    private final SkewedClock clock;
    private boolean busy;
    private int reconciles;

    OperatorProcess(
            int number,
            Cluster cluster,
            Function<String, Checks> watcher,
            Function<OperatorProcess, SimulatedApi.@Nullable Fault> before) {
        this.number = number;
        this.cluster = cluster;
        this.watcher = watcher;
        this.clock = new SkewedClock(cluster);
        this.before = () -> before.apply(this);
        start(0);
    }

    /** Starts anew, with nothing but what the API server lists. */
    private void start(int behind) {
        pipelines = new Watch<>(cluster.pipelines, behind);
        jobs = new Watch<>(cluster.jobs, behind);
        pods = new Watch<>(cluster.pods, behind);
        // A Service leads to one operator only.
        endpoint = new Endpoint(cluster, clock, number == 0);
        api = new SimulatedApi(cluster, before);
        caches = new CachesStandIn(pipelines::all, jobs::all, this::wake);
        reconciler = new PaftPipelineReconciler(PLANNER, api.client(), NARRATOR, clock, caches, endpoint.book);
        due.clear();
        timers.clear();
        // What was refused is forgotten, and told anew.
        news();
        news();
        pipelines.all().forEach(pipeline -> due.add(pipeline.getMetadata().getName()));
    }

    private void wake(String pipeline) {
        news();
        due.add(pipeline);
    }

    /** Something happened that a status may have to tell. */
    void news() {
        checks.values().forEach(Checks::news);
    }

    void restart(int behind) {
        if (busy) {
            throw new Crash();
        }
        start(behind);
    }

    boolean busy() {
        return busy;
    }

    boolean due(String pipeline) {
        Instant timer = timers.get(pipeline);
        return due.contains(pipeline) || (timer != null && !timer.isAfter(cluster.now()));
    }

    /** When it will next look of its own accord. */
    @Nullable
    Instant nextTimer() {
        return timers.values().stream().min(Instant::compareTo).orElse(null);
    }

    boolean reconcile(String name) {
        PaftPipeline cached = pipelines.get(name);
        if (due(name) && !due.contains(name)) {
            // Time alone may have changed something.
            checks(name).news();
        }
        due.remove(name);
        timers.remove(name);
        if (cached == null || cached.isMarkedForDeletion()) {
            return false;
        }
        busy = true;
        try {
            endpoint.listen();
            Checks watching = checks(name);
            watching.observed(new Seen(
                    jobs(name), pods(name), api.refused, cluster.now(), pipelines.all(), jobs.all(), pipelines, jobs));
            api.watchedBy(watching);
            UpdateControl<PaftPipeline> control = reconciler.reconcile(cached, context(name));
            control.getScheduleDelay()
                    .ifPresent(delay -> timers.put(name, cluster.now().plusMillis(delay)));
        } catch (Crash e) {
            busy = false;
            start(0);
        } catch (KubernetesClientException e) {
            timers.put(name, cluster.now().plus(FIRST_RETRY));
        } finally {
            busy = false;
        }
        if (++reconciles % IDEMPOTENCE == 0) {
            idempotent(name);
        }
        return true;
    }

    /** Planned again from the status just planned, with nothing new to see, the same comes out. */
    private void idempotent(String name) {
        PaftPipeline live = cluster.pipelines.get(name);
        if (live == null) {
            return;
        }
        Observation observed =
                JobObserver.observe(live.getMetadata().getUid(), jobs(name), pods(name), Map.of(), Map.of());
        Decision once = PLANNER.plan(live, observed, cluster.now());
        PaftPipeline planned = new PaftPipeline();
        planned.setMetadata(live.getMetadata());
        planned.setSpec(live.getSpec());
        planned.setStatus(once.status());
        boolean timeless = live.getSpec().deadline() == null
                && !Boolean.TRUE.equals(live.getSpec().suspend());
        Decision twice = PLANNER.plan(planned, observed, cluster.now().plusSeconds(timeless ? 60 : 0));
        boolean same = twice.status().equals(once.status()) && once.actions().containsAll(twice.actions());
        Violation.when(!same, "planning twice is planning once", "%s, then %s", once, twice);
    }

    int behind() {
        return pipelines.behind() + jobs.behind() + pods.behind();
    }

    void catchUp() {
        catchUpPipelines(Integer.MAX_VALUE);
        catchUpJobs(Integer.MAX_VALUE);
        catchUpPods(Integer.MAX_VALUE);
    }

    boolean catchUpJobs(int most) {
        return catchUp(jobs, most, caches::changed);
    }

    boolean catchUpPods(int most) {
        return catchUp(pods, most, pod -> {});
    }

    private Checks checks(String pipeline) {
        return checks.computeIfAbsent(pipeline, watcher);
    }

    private <T extends HasMetadata> boolean catchUp(Watch<T> watch, int most, Consumer<T> also) {
        boolean any = watch.behind() > 0;
        watch.catchUp(most, change -> {
            T object = change.after() == null ? change.before() : change.after();
            news();
            due.add(Cluster.pipelineOf(object));
            also.accept(object);
        });
        return any;
    }

    /** A change of nothing but status wakes nobody: the controller looks at generations. */
    boolean catchUpPipelines(int most) {
        boolean any = pipelines.behind() > 0;
        pipelines.catchUp(most, change -> {
            PaftPipeline was = change.before();
            PaftPipeline is = change.after();
            caches.changed(is == null ? was : is);
            if (was == null
                    || is == null
                    || !was.getMetadata()
                            .getGeneration()
                            .equals(is.getMetadata().getGeneration())
                    || is.isMarkedForDeletion()) {
                due.add(change.name());
            }
        });
        return any;
    }

    /** A pod says how far it is; false when the operator does not know it. */
    boolean hear(Pod pod, int percent) {
        String pipeline = Cluster.pipelineOf(pod);
        PaftPipeline known = pipelines.get(pipeline);
        if (known == null || pods.get(pod.getMetadata().getName()) == null || !isOf(pod, known)) {
            return false;
        }
        news();
        if (endpoint.hear(known.getMetadata().getUid(), pod, percent)) {
            due.add(pipeline);
        }
        return true;
    }

    /** Whether a pod is of a Job of this very pipeline, as far as is known: one of that name may have been there before. */
    private boolean isOf(Pod pod, PaftPipeline pipeline) {
        return jobs.all().stream()
                .filter(job -> Cluster.ownedBy(pod, job.getMetadata().getUid()))
                .anyMatch(job -> Cluster.ownedBy(job, pipeline.getMetadata().getUid()));
    }

    /** Whether this very process has heard from a pod. */
    boolean heard(Pod pod) {
        return endpoint.heard(pod);
    }

    void skew(Duration by) {
        endpoint.set(by);
    }

    List<Job> jobs(String pipeline) {
        return ofPipeline(jobs, pipeline);
    }

    List<Pod> pods(String pipeline) {
        return ofPipeline(pods, pipeline);
    }

    private static <T extends HasMetadata> List<T> ofPipeline(Watch<T> watch, String pipeline) {
        return watch.all().stream()
                .filter(object ->
                        pipeline.equals(object.getMetadata().getLabels().get("paft.io/pipeline")))
                .toList();
    }

    /** Of the controller runtime's context the reconciler needs its caches. */
    @SuppressWarnings("unchecked")
    private Context<PaftPipeline> context(String pipeline) {
        return (Context<PaftPipeline>) Proxy.newProxyInstance(
                Context.class.getClassLoader(), new Class<?>[] {Context.class}, (proxy, method, arguments) -> {
                    if (!method.getName().equals("getSecondaryResources")) {
                        throw new UnsupportedOperationException("the simulation has no " + method);
                    }
                    Watch<?> watch = arguments[0] == Job.class ? jobs : pods;
                    return new Listed<>(ofPipeline(watch, pipeline));
                });
    }
}
