package io.paft.operator.status;

import static io.paft.api.v1alpha1.StageState.Blocked;
import static io.paft.api.v1alpha1.StageState.Failed;
import static io.paft.api.v1alpha1.StageState.Pending;
import static io.paft.api.v1alpha1.StageState.Running;
import static io.paft.api.v1alpha1.StageState.Succeeded;

import io.paft.api.v1alpha1.StageProgress;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.Summary;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The words in the columns of {@code kubectl get}. */
final class Summaries {

    private Summaries() {}

    static Summary of(List<Entry> entries) {
        return new Summary(
                word(entries, entry -> entry.status().name().equals("sft")),
                word(entries, entry -> entry.status().name().equals("preference")),
                word(entries, entry -> entry.group() == StageGroup.MERGING),
                word(entries, entry -> entry.group() == StageGroup.EVALUATING));
    }

    private static @Nullable String word(List<Entry> all, Predicate<Entry> which) {
        List<Entry> entries = all.stream().filter(which).toList();
        if (entries.isEmpty()) {
            return null;
        }
        StageState state = state(entries);
        long done = entries.stream().filter(entry -> entry.in(Succeeded)).count();
        String name =
                state == Pending && entries.stream().anyMatch(Summaries::suspended) ? Pause.SUSPENDED : state.name();
        boolean counted = entries.size() > 1 && state != Succeeded && done > 0;
        String word = counted ? "%s %d/%d".formatted(name, done, entries.size()) : name;
        Integer percent = state == Running ? percent(entries) : null;
        return percent == null ? word : word + " " + percent + "%";
    }

    /** Of the stages together, each counting the same; null when none that runs says how far it is. */
    private static @Nullable Integer percent(List<Entry> entries) {
        int sum = 0;
        boolean said = false;
        for (Entry entry : entries) {
            StageProgress progress = entry.status().progress();
            if (entry.in(Succeeded)) {
                sum += 100;
            } else if (progress != null && progress.percent() != null) {
                sum += progress.percent();
                said = true;
            }
        }
        return said ? sum / entries.size() : null;
    }

    private static boolean suspended(Entry entry) {
        return entry.in(Pending) && Pause.SUSPENDED.equals(entry.status().reason());
    }

    private static StageState state(List<Entry> entries) {
        for (StageState state : List.of(Failed, Running, Pending, Blocked)) {
            if (entries.stream().anyMatch(entry -> entry.in(state))) {
                return state;
            }
        }
        return Succeeded;
    }
}
