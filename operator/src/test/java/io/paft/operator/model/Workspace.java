package io.paft.operator.model;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The shared volume: which results are complete, who works on one, and how often each was really made. */
final class Workspace {

    private final Set<String> complete = new HashSet<>();
    private final Map<String, String> locks = new HashMap<>();
    private final Map<String, Integer> made = new HashMap<>();

    boolean has(String key) {
        return complete.contains(key);
    }

    /** Begins to work, unless somebody else does: the file lock of the stage contract. */
    boolean begin(String key, String pod) {
        String holder = locks.putIfAbsent(key, pod);
        if (holder == null) {
            Violation.when(has(key), "trained once", "pod %s makes %s, which is complete", pod, key);
            made.merge(key, 1, Integer::sum);
        }
        return holder == null || holder.equals(pod);
    }

    @Nullable
    String holder(String key) {
        return locks.get(key);
    }

    void complete(String key) {
        complete.add(key);
    }

    /** A pod's locks go with it, however it ends. */
    void release(String key, String pod) {
        locks.remove(key, pod);
    }

    /** How often work on a result was begun. */
    int made(String key) {
        return made.getOrDefault(key, 0);
    }

    static String digest(String key) {
        return "sha256:" + key;
    }
}
