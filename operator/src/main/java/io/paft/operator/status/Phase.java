package io.paft.operator.status;

import static io.paft.api.v1alpha1.StageState.Pending;
import static io.paft.api.v1alpha1.StageState.Succeeded;

import java.util.List;

/** One word for people; machines read the conditions. */
final class Phase {

    private Phase() {}

    static String of(List<Entry> entries) {
        if (entries.stream().allMatch(entry -> entry.in(Succeeded))) {
            return "Succeeded";
        }
        if (entries.stream().noneMatch(Entry::open)) {
            return "Failed";
        }
        if (entries.stream().allMatch(entry -> entry.in(Pending))) {
            return "Pending";
        }
        // The earliest group that is not through: while a branch trains, base models may already be evaluated.
        StageGroup earliest = entries.stream()
                .filter(Entry::open)
                .map(Entry::group)
                .min(Enum::compareTo)
                .orElse(StageGroup.TRAINING);
        return switch (earliest) {
            case TRAINING -> "Training";
            case MERGING -> "Merging";
            case EVALUATING -> "Evaluating";
        };
    }
}
