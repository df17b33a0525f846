package io.paft.operator.model;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.operator.jobs.Labels;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What really happened, to pods above all, whether or not anybody can still see it. */
final class PodFacts {

    private final Set<String> counted = new HashSet<>();
    private final Set<String> failures = new HashSet<>();
    private final Map<String, Integer> started = new HashMap<>();
    private final Map<String, Set<Integer>> percents = new HashMap<>();
    private final Map<String, NavigableMap<Instant, Integer>> moves = new HashMap<>();
    private final Map<String, Pod> stalls = new HashMap<>();
    private final Set<String> untold = new HashSet<>();
    private final Set<String> running = new HashSet<>();
    private final Set<String> requests = new HashSet<>();
    private int numbers;

    /** Notes that the Job controller has counted a pod's end; false when it had already. */
    boolean count(Pod pod) {
        return counted.add(pod.getMetadata().getUid());
    }

    boolean counted(Pod pod) {
        return counted.contains(pod.getMetadata().getUid());
    }

    /** Notes that a pod counts against its Job's retries. */
    void failure(Pod pod) {
        failures.add(Simulation.name(pod));
    }

    /** A number for a pod's name; pods of a Job are counted by it. */
    int number(Job job) {
        started.merge(Labels.key(job), 1, Integer::sum);
        return ++numbers;
    }

    /** Pods that were made for a key, by all of its Jobs. */
    int started(String key) {
        return started.getOrDefault(key, 0);
    }

    /** Notes that a pod told an operator how far it is. */
    void says(Pod pod, int percent, Instant now) {
        String uid = pod.getMetadata().getUid();
        percents.computeIfAbsent(uid, any -> new HashSet<>()).add(percent);
        NavigableMap<Instant, Integer> all = moves.computeIfAbsent(uid, any -> new TreeMap<>());
        if (all.isEmpty() || all.lastEntry().getValue() != percent) {
            all.put(now, percent);
        }
    }

    /** Whether a pod ever said that it was so far; 100 is told as 99. */
    boolean said(Pod pod, int percent) {
        Set<Integer> all = percents.getOrDefault(pod.getMetadata().getUid(), Set.of());
        return all.contains(percent) || (percent == 99 && all.contains(100));
    }

    /** When a pod got further last, up to a moment; null when it had said nothing by then. */
    @Nullable
    Instant moved(String podUid, Instant until) {
        NavigableMap<Instant, Integer> all = moves.get(podUid);
        return all == null ? null : all.floorKey(until);
    }

    /** Notes that the operator stops a pod that stands still. */
    void stop(Pod pod) {
        stalls.put(Simulation.name(pod), pod);
    }

    /** Notes that what a status said of a Job's pods is gone: it was edited to ask for another result, and back. */
    void forget(String jobUid) {
        stalls.forEach((name, pod) -> {
            if (Cluster.ownedBy(pod, jobUid)) {
                untold.add(name);
            }
        });
    }

    /** Notes that an operator has made sure that a pod runs. */
    void run(Pod pod) {
        running.add(Simulation.name(pod));
    }

    boolean ran(String pod) {
        return running.contains(pod);
    }

    boolean stopped(String pod) {
        return stalls.containsKey(pod);
    }

    /** Pods of a Job that stood still, that the Job has counted, and of which the status has not forgotten what it said. */
    List<Pod> stalls(String jobUid) {
        return stalls.values().stream()
                .filter(pod -> Cluster.ownedBy(pod, jobUid))
                .filter(pod -> failures.contains(Simulation.name(pod)) && !untold.contains(Simulation.name(pod)))
                .toList();
    }

    /** Notes that a request is used for a stage; false when it had been already. */
    boolean use(String request) {
        return requests.add(request);
    }
}
