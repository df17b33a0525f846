package io.paft.operator.status;

import static io.paft.api.v1alpha1.StageState.Blocked;
import static io.paft.api.v1alpha1.StageState.Failed;
import static io.paft.api.v1alpha1.StageState.Pending;
import static io.paft.api.v1alpha1.StageState.Running;
import static io.paft.api.v1alpha1.StageState.Succeeded;

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
        boolean counted = entries.size() > 1 && state != Succeeded && done > 0;
        return counted ? "%s %d/%d".formatted(state, done, entries.size()) : state.name();
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
