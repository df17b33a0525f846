package io.paft.operator.model;

import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.StageStatus;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** In which states of stages which events happened, so that nobody has to believe that something was tried. */
final class Coverage {

    /** Counts nothing: for runs that are told instead. */
    static final Coverage NONE = new Coverage();

    private final Map<String, Map<StepKind, Long>> events = new TreeMap<>();
    private long steps;
    private long calm;

    /** A step that was taken while there were these pipelines. */
    void count(StepKind kind, List<PaftPipeline> pipelines) {
        if (this == NONE) {
            return;
        }
        steps++;
        if (pipelines.isEmpty()) {
            count("(no stages)", kind, 1);
        }
        pipelines.forEach(pipeline -> count(kind, pipeline));
    }

    private void count(StepKind kind, PaftPipeline pipeline) {
        if (pipeline.getStatus() == null || pipeline.getStatus().stages() == null) {
            count("(no stages)", kind, 1);
            return;
        }
        for (StageStatus stage : pipeline.getStatus().stages()) {
            count(word(stage), kind, 1);
        }
    }

    /** A step in which nothing went wrong. */
    void countCalm() {
        steps++;
        calm++;
    }

    private static String word(StageStatus stage) {
        return switch (stage.state()) {
            case Pending -> stage.reason() == null ? "Pending" : stage.reason();
            case Running, Succeeded, Failed, Blocked -> stage.state().name();
        };
    }

    private void count(String state, StepKind kind, long times) {
        events.computeIfAbsent(state, key -> new EnumMap<>(StepKind.class)).merge(kind, times, Long::sum);
    }

    Set<String> states() {
        return events.keySet();
    }

    boolean happened(StepKind kind, String state) {
        return events.getOrDefault(state, Map.of()).containsKey(kind);
    }

    long steps() {
        return steps;
    }

    /** Events that never happened in a state that was there. */
    List<String> missing() {
        var missing = new ArrayList<String>();
        events.forEach((state, counts) -> {
            for (StepKind kind : StepKind.values()) {
                boolean always = kind == StepKind.PROCEED || kind == StepKind.PIPELINE_APPLIED;
                if (!counts.containsKey(kind) && !always) {
                    missing.add(kind + " in " + state);
                }
            }
        });
        return missing;
    }

    /** States in rows, events in columns. */
    String table() {
        var text = new StringBuilder("%-24s".formatted("event \\ stage"));
        events.keySet().forEach(state -> text.append(" %22s".formatted(state)));
        for (StepKind kind : StepKind.values()) {
            text.append("%n%-24s".formatted(kind));
            events.values().forEach(counts -> text.append(" %22d".formatted(counts.getOrDefault(kind, 0L))));
        }
        return text.append("%n%d steps, %d of them in calm".formatted(steps, calm))
                .toString();
    }
}
