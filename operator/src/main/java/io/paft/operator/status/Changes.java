package io.paft.operator.status;

import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.api.v1alpha1.Run;
import io.paft.api.v1alpha1.StageChange;
import io.paft.api.v1alpha1.StageStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Which stages have another key than in the run before, and by which fields; kept short. */
final class Changes {

    private static final int MAX_STAGES = 12;
    private static final int MAX_FIELDS = 6;
    private static final int MAX_FIELD = 120;

    /** Characters of all runs together. */
    private static final int BUDGET = 8192;

    private static final String INPUT = "input ";

    private Changes() {}

    /**
     * Why one stage has another key.
     *
     * @param own whether the stage itself was edited, and not only one that it needs
     */
    record Change(String stage, List<String> fields, boolean own) {

        private static Change of(String stage, List<String> fields) {
            return new Change(stage, fields, fields.stream().anyMatch(field -> !field.startsWith(INPUT)));
        }
    }

    /** In the order of the graph. */
    static List<Change> between(
            @Nullable PaftPipelineStatus before,
            Map<String, SortedMap<String, String>> recorded,
            PaftPipelineStatus status,
            Map<String, SortedMap<String, String>> components) {
        Map<String, StageStatus> known = StagesByName.of(before);
        var changes = new ArrayList<Change>();
        for (StageStatus stage : StagesByName.of(status).values()) {
            StageStatus last = known.get(stage.name());
            if (last == null) {
                changes.add(new Change(stage.name(), List.of("added"), true));
            } else if (!last.key().equals(stage.key())) {
                SortedMap<String, String> made = recorded.get(stage.name());
                SortedMap<String, String> now = components.get(stage.name());
                changes.add(Change.of(stage.name(), made == null || now == null ? List.of() : fields(made, now)));
            }
        }
        return changes;
    }

    private static List<String> fields(SortedMap<String, String> before, SortedMap<String, String> now) {
        var names = new TreeSet<>(before.keySet());
        names.addAll(now.keySet());
        Stream<String> differing = names.stream()
                .filter(name -> !Objects.equals(before.get(name), now.get(name)))
                .map(name -> name.length() <= MAX_FIELD ? name : name.substring(0, MAX_FIELD - 1) + "…");
        List<String> all = differing.toList();
        // Fields first: an edit explains more than what followed from it.
        return Stream.concat(
                        all.stream().filter(name -> !name.startsWith(INPUT)),
                        all.stream().filter(name -> name.startsWith(INPUT)))
                .toList();
    }

    /** A run that says what changed: stages that were edited themselves first, the others as far as there is room. */
    static Run told(Run run, List<Change> changes) {
        List<StageChange> shown = Stream.concat(
                        changes.stream().filter(Change::own), changes.stream().filter(change -> !change.own()))
                .limit(MAX_STAGES)
                .map(change -> new StageChange(change.stage(), shown(change.fields())))
                .toList();
        int more = changes.size() - shown.size();
        return new Run(
                run.generation(),
                run.startTime(),
                run.completionTime(),
                run.phase(),
                run.best(),
                run.score(),
                shown.isEmpty() ? null : shown,
                more == 0 ? null : more);
    }

    private static @Nullable List<String> shown(List<String> fields) {
        if (fields.isEmpty()) {
            return null;
        }
        if (fields.size() <= MAX_FIELDS) {
            return fields;
        }
        int told = MAX_FIELDS - 1;
        return Stream.concat(fields.stream().limit(told), Stream.of("and " + (fields.size() - told) + " more"))
                .toList();
    }

    /** The same runs; those that do not fit any more only say how many stages changed. */
    static List<Run> bounded(List<Run> runs) {
        var kept = new ArrayList<Run>();
        int size = 0;
        for (Run run : runs) {
            size += size(run);
            kept.add(size <= BUDGET ? run : counted(run));
        }
        return List.copyOf(kept);
    }

    private static int size(Run run) {
        int size = 0;
        for (StageChange change : changed(run)) {
            // 24: the names of its two fields, quotes, brackets and commas.
            size += change.stage().length() + 24;
            for (String field : Objects.requireNonNullElse(change.fields(), List.<String>of())) {
                size += field.length() + 3;
            }
        }
        return size;
    }

    private static Run counted(Run run) {
        int all = changed(run).size() + Objects.requireNonNullElse(run.alsoChanged(), 0);
        return new Run(
                run.generation(),
                run.startTime(),
                run.completionTime(),
                run.phase(),
                run.best(),
                run.score(),
                null,
                all == 0 ? null : all);
    }

    private static List<StageChange> changed(Run run) {
        return Objects.requireNonNullElse(run.changed(), List.of());
    }
}
