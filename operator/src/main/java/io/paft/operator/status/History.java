package io.paft.operator.status;

import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.api.v1alpha1.Result;
import io.paft.api.v1alpha1.Run;
import io.paft.api.v1alpha1.StageStatus;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The last runs of a pipeline. A run lasts from an edit that asks for new results until all stages are through. */
public final class History {

    private static final int MAX_RUNS = 10;

    private History() {}

    /**
     * A status with its past: that of the one before, and what has happened since.
     *
     * @param components what every stage's key is made of now; not asked for where nothing can have changed, which is most of the time
     * @param now when a run begins, and the one before ends that was not through
     */
    public static PaftPipelineStatus continued(
            @Nullable PaftPipelineStatus before,
            PaftPipelineStatus status,
            Supplier<Map<String, SortedMap<String, String>>> components,
            Instant now) {
        List<Run> past = before == null || before.history() == null ? List.of() : before.history();
        if (before != null && !past.isEmpty() && isTheSame(before, status)) {
            return status.withHistory(current(past, status), before.fingerprint());
        }
        return continued(before, past, status, components.get(), now);
    }

    /** The same keys of the same spec. */
    private static boolean isTheSame(PaftPipelineStatus before, PaftPipelineStatus status) {
        return before.fingerprint() != null
                && Objects.equals(before.observedGeneration(), status.observedGeneration())
                && !asksForMore(before, status);
    }

    private static PaftPipelineStatus continued(
            @Nullable PaftPipelineStatus before,
            List<Run> past,
            PaftPipelineStatus status,
            Map<String, SortedMap<String, String>> components,
            Instant now) {
        var recorded = Fingerprint.decode(before == null ? null : before.fingerprint());
        var runs = new ArrayList<>(past);
        if (past.isEmpty()) {
            runs.add(begun(status, status.startTime(), List.of()));
        } else if (asksForMore(before, status)) {
            String time = now.truncatedTo(ChronoUnit.SECONDS).toString();
            runs.set(0, ended(past.getFirst(), time));
            runs.addFirst(begun(status, time, Changes.between(before, recorded, status, components)));
        }
        // Deflated again it might differ in bytes on another machine, and differ in nothing else.
        String fingerprint =
                before != null && recorded.equals(components) ? before.fingerprint() : Fingerprint.encode(components);
        return status.withHistory(current(runs, status), fingerprint);
    }

    private static boolean asksForMore(@Nullable PaftPipelineStatus before, PaftPipelineStatus status) {
        Map<String, StageStatus> known = StagesByName.of(before);
        return StagesByName.of(status).values().stream()
                .anyMatch(stage -> StagesByName.recorded(known, stage.name(), stage.key()) == null);
    }

    private static Run begun(PaftPipelineStatus status, @Nullable String time, List<Changes.Change> changes) {
        return Changes.told(new Run(status.observedGeneration(), time, null, null, null, null, null, null), changes);
    }

    private static Run ended(Run run, String time) {
        return run.completionTime() != null
                ? run
                : new Run(
                        run.generation(),
                        run.startTime(),
                        time,
                        "Superseded",
                        null,
                        null,
                        run.changed(),
                        run.alsoChanged());
    }

    /** With the newest as it stands now, and no more than are kept. */
    private static List<Run> current(List<Run> runs, PaftPipelineStatus status) {
        var told = new ArrayList<>(runs);
        told.set(0, current(told.getFirst(), status));
        return Changes.bounded(told.subList(0, Math.min(MAX_RUNS, told.size())));
    }

    private static Run current(Run run, PaftPipelineStatus status) {
        Result result = status.result();
        return new Run(
                run.generation(),
                run.startTime(),
                status.completionTime(),
                status.phase(),
                result == null ? null : result.best(),
                result == null ? null : result.score(),
                run.changed(),
                run.alsoChanged());
    }
}
