package io.paft.operator.model;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.paft.operator.jobs.Labels;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What really happened to pods, whether or not anybody can still see it. */
final class PodFacts {

    private final Set<String> counted = new HashSet<>();
    private final Map<String, Integer> started = new HashMap<>();
    private final Map<String, Set<Integer>> percents = new HashMap<>();
    private int numbers;

    /** Notes that the Job controller has counted a pod's end; false when it had already. */
    boolean count(Pod pod) {
        return counted.add(pod.getMetadata().getUid());
    }

    boolean counted(Pod pod) {
        return counted.contains(pod.getMetadata().getUid());
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

    void says(Pod pod, int percent) {
        percents.computeIfAbsent(pod.getMetadata().getUid(), uid -> new HashSet<>())
                .add(percent);
    }

    /** Whether a pod ever said that it was so far; 100 is told as 99. */
    boolean said(Pod pod, int percent) {
        Set<Integer> all = percents.getOrDefault(pod.getMetadata().getUid(), Set.of());
        return all.contains(percent) || (percent == 99 && all.contains(100));
    }
}
