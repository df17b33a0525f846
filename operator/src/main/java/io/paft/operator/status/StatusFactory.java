package io.paft.operator.status;

import static io.paft.api.v1alpha1.StageState.Failed;
import static io.paft.api.v1alpha1.StageState.Running;
import static io.paft.api.v1alpha1.StageState.Succeeded;

import io.fabric8.kubernetes.api.model.Condition;
import io.paft.api.v1alpha1.PaftPipeline;
import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.api.v1alpha1.Result;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.api.v1alpha1.Summary;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Builds the status of a pipeline, with the conditions that kubectl wait, kstatus and Argo CD read. */
public final class StatusFactory {

    private static final String SUCCEEDED = "Succeeded";
    private static final String RECONCILING = "Reconciling";
    private static final String STALLED = "Stalled";

    private final PaftPipeline pipeline;
    private final Instant now;

    public StatusFactory(PaftPipeline pipeline, Instant now) {
        this.pipeline = pipeline;
        this.now = now.truncatedTo(ChronoUnit.SECONDS);
    }

    /**
     * The status of a pipeline whose stages stand as {@code entries}, in the order of the graph.
     *
     * @param pods of it that have not ended, by name
     */
    public PaftPipelineStatus of(List<Entry> entries, @Nullable Result result, Collection<String> pods) {
        boolean open = entries.stream().anyMatch(Entry::open);
        boolean succeeded = entries.stream().allMatch(entry -> entry.in(Succeeded));
        var pause = new Pause(pipeline, entries, pods);
        return new PaftPipelineStatus(
                pipeline.getMetadata().getGeneration(),
                pause.holds() ? pause.word() : Phase.of(entries),
                startTime(open),
                open ? null : completionTime(entries),
                conditions(entries, open, succeeded, pause),
                entries.stream().map(Entry::status).toList(),
                Summaries.of(entries),
                result,
                pause.seconds(anew(open), now),
                null,
                null,
                RetryRequest.dealtWith(pipeline));
    }

    /** The status of a spec that makes no pipeline: what was known of the last one stays. */
    public PaftPipelineStatus invalidSpec(String message) {
        PaftPipelineStatus before = previous();
        return invalidSpec(
                conditions("False", "False", "True", "InvalidSpec", message),
                before == null ? null : before.stages(),
                before == null ? null : before.summary(),
                before == null ? null : before.suspendedSeconds());
    }

    /**
     * The same of one that shall be suspended all the same, with its stages as they stand now.
     *
     * @param pods of it that have not ended, by name
     */
    public PaftPipelineStatus invalidSpec(String message, List<StageStatus> stages, Collection<String> pods) {
        List<Entry> entries = stages.stream()
                .map(stage -> new Entry(StageGroup.of(stage.name()), stage))
                .toList();
        var pause = new Pause(pipeline, entries, pods);
        String told = pause.holds() ? Messages.cut(message + "; " + pause.message()) : message;
        Conditions conditions = conditions("False", "False", "True", "InvalidSpec", told);
        pause.tell(conditions);
        return invalidSpec(conditions, stages, Summaries.of(entries), pause.seconds(false, now));
    }

    private PaftPipelineStatus invalidSpec(
            Conditions conditions,
            @Nullable List<StageStatus> stages,
            @Nullable Summary summary,
            @Nullable Long suspendedSeconds) {
        PaftPipelineStatus before = previous();
        return new PaftPipelineStatus(
                pipeline.getMetadata().getGeneration(),
                "Failed",
                // A run begins when a stage can.
                before == null ? null : before.startTime(),
                before == null ? null : before.completionTime(),
                conditions.list(),
                stages,
                summary,
                before == null ? null : before.result(),
                suspendedSeconds,
                before == null ? null : before.history(),
                before == null ? null : before.fingerprint(),
                // A request is not dealt with by a spec that makes no stages.
                RetryRequest.recorded(before));
    }

    private List<Condition> conditions(List<Entry> entries, boolean open, boolean succeeded, Pause pause) {
        Conditions conditions = standing(entries, open, succeeded, pause);
        pause.tell(conditions);
        return conditions.list();
    }

    private Conditions standing(List<Entry> entries, boolean open, boolean succeeded, Pause pause) {
        if (pause.holds()) {
            String failed = failures(entries);
            String message = failed.isEmpty() ? pause.message() : pause.message() + "; failed: " + failed;
            return conditions(
                    "Unknown", pause.complete() ? "False" : "True", "False", pause.word(), Messages.cut(message));
        }
        if (open) {
            return conditions("Unknown", "True", "False", "InProgress", activity(entries));
        }
        if (succeeded) {
            return conditions(
                    "True", "False", "False", "Completed", "all %d stages succeeded".formatted(entries.size()));
        }
        return conditions("False", "False", "True", "StageFailed", failures(entries));
    }

    private Conditions conditions(String succeeded, String reconciling, String stalled, String reason, String message) {
        PaftPipelineStatus before = previous();
        long generation = pipeline.getMetadata().getGeneration();
        return new Conditions(before == null ? null : before.conditions(), generation, now)
                .set(SUCCEEDED, succeeded, reason, message)
                .set(RECONCILING, reconciling, reason, message)
                .set(STALLED, stalled, reason, message);
    }

    private static String activity(List<Entry> entries) {
        String failed = failures(entries);
        String running = names(entries, Running);
        String now = running.isEmpty() ? "waiting: " + waiting(entries) : "running: " + running;
        return Messages.cut(failed.isEmpty() ? now : now + "; failed: " + failed);
    }

    private static String waiting(List<Entry> entries) {
        return entries.stream()
                .filter(Entry::open)
                .findFirst()
                .map(entry -> entry.status().message() == null
                        ? entry.status().name() + " is starting"
                        : entry.status().name() + ": " + entry.status().message())
                .orElse("nothing");
    }

    private static String failures(List<Entry> entries) {
        return Messages.cut(entries.stream()
                .filter(entry -> entry.in(Failed))
                .map(Entry::status)
                .map(stage ->
                        stage.name() + ": " + stage.reason() + (stage.message() == null ? "" : ": " + stage.message()))
                .collect(Collectors.joining("; ")));
    }

    private static String names(List<Entry> entries, StageState state) {
        return entries.stream()
                .filter(entry -> entry.in(state))
                .map(entry -> entry.status().name())
                .collect(Collectors.joining(", "));
    }

    /** A pipeline that was through and has work again, because it was edited, starts anew. */
    private String startTime(boolean open) {
        PaftPipelineStatus before = previous();
        String since = before == null ? null : before.startTime();
        return since == null || anew(open) ? now.toString() : since;
    }

    private boolean anew(boolean open) {
        PaftPipelineStatus before = previous();
        return open && before != null && before.completionTime() != null;
    }

    /** A run whose work was taken back before any was done is over when it began. */
    private @Nullable String completionTime(List<Entry> entries) {
        String start = startTime(false);
        String last = lastCompletion(entries);
        return last != null && Instant.parse(last).isBefore(Instant.parse(start)) ? start : last;
    }

    private @Nullable String lastCompletion(List<Entry> entries) {
        return entries.stream()
                .map(Entry::status)
                .map(StageStatus::completionTime)
                .filter(Objects::nonNull)
                .map(text -> Map.entry(Instant.parse(text), text))
                .max(Map.Entry.comparingByKey())
                .map(Map.Entry::getValue)
                .orElse(null);
    }

    private @Nullable PaftPipelineStatus previous() {
        return pipeline.getStatus();
    }
}
