package io.paft.operator.status;

import io.paft.api.v1alpha1.PaftPipelineStatus;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened between two statuses, worth an Event.
 *
 * @param stage that it happened to, or null for the pipeline as a whole
 */
public record Transition(
        boolean warning,
        String reason,
        String message,
        @Nullable StageStatus stage) {

    /** What happened from one status to the next, in the order of the stages. */
    public static List<Transition> between(@Nullable PaftPipelineStatus before, PaftPipelineStatus after) {
        var transitions = new ArrayList<Transition>();
        Map<String, StageStatus> known = StagesByName.of(before);
        StagesByName.of(after)
                .forEach((name, stage) -> of(known.get(name), stage).ifPresent(transitions::add));
        ofRequest(before, after).ifPresent(transitions::add);
        String phaseBefore = before == null ? null : before.phase();
        if (!Objects.equals(phaseBefore, after.phase())) {
            resumed(phaseBefore, after).ifPresent(transitions::add);
            ofPhase(after).ifPresent(transitions::add);
        }
        return transitions;
    }

    private static Optional<Transition> of(@Nullable StageStatus before, StageStatus after) {
        boolean same = before != null
                && before.state() == after.state()
                && before.key().equals(after.key())
                && (after.state() != StageState.Pending || Objects.equals(before.reason(), after.reason()));
        if (same) {
            return Optional.empty();
        }
        // A pod that found its place after waiting for one starts no second time.
        boolean started = before != null
                && before.key().equals(after.key())
                && before.job() != null
                && before.state() != StageState.Failed;
        boolean startsAgain = started && after.state() == StageState.Pending && "Starting".equals(after.reason());
        return startsAgain ? Optional.empty() : Optional.ofNullable(of(after));
    }

    private static @Nullable Transition of(StageStatus stage) {
        return switch (stage.state()) {
            case Running ->
                new Transition(
                        false, "StageRunning", "%s is running in Job %s".formatted(stage.name(), stage.job()), stage);
            case Succeeded ->
                Boolean.TRUE.equals(stage.reused())
                        ? new Transition(
                                false, "StageReused", stage.name() + " was already done: " + text(stage), stage)
                        : new Transition(false, "StageSucceeded", stage.name() + " succeeded: " + text(stage), stage);
            case Failed ->
                new Transition(
                        true,
                        "StageFailed",
                        "%s failed: %s: %s".formatted(stage.name(), stage.reason(), text(stage)),
                        stage);
            case Blocked -> new Transition(true, "StageBlocked", "%s %s".formatted(stage.name(), text(stage)), stage);
            case Pending -> pending(stage);
        };
    }

    private static @Nullable Transition pending(StageStatus stage) {
        String reason = Objects.requireNonNullElse(stage.reason(), "");
        return switch (reason) {
            // The pipeline itself says that it is suspended.
            case "",
                    "WaitingForDependencies",
                    "WaitingForStage",
                    Pause.SUSPENDED,
                    Pause.SUSPENDING,
                    "RetryRequested",
                    "Ending" -> null;
            // Nobody has to do anything about it.
            case "WaitingForPipeline" ->
                new Transition(false, "StageWaiting", stage.name() + ": " + text(stage), stage);
            case "Starting" -> new Transition(false, "StageStarting", stage.name() + " starts", stage);
            default ->
                new Transition(true, "StageWaiting", "%s: %s: %s".formatted(stage.name(), reason, text(stage)), stage);
        };
    }

    private static Optional<Transition> resumed(@Nullable String phaseBefore, PaftPipelineStatus after) {
        boolean paused = Pause.SUSPENDED.equals(phaseBefore) || Pause.SUSPENDING.equals(phaseBefore);
        boolean still = Pause.SUSPENDED.equals(after.phase()) || Pause.SUSPENDING.equals(after.phase());
        return paused && !still
                ? Optional.of(new Transition(false, "PipelineResumed", "the pipeline goes on", null))
                : Optional.empty();
    }

    /** Whoever asks with paft.io/retry hears what came of it, also when it is nothing. */
    private static Optional<Transition> ofRequest(@Nullable PaftPipelineStatus before, PaftPipelineStatus after) {
        String request = after.retry();
        if (request == null || request.equals(before == null ? null : before.retry())) {
            return Optional.empty();
        }
        String stages = StagesByName.of(after).values().stream()
                .filter(stage -> request.equals(stage.retry()))
                .map(StageStatus::name)
                .collect(Collectors.joining(", "));
        String what = stages.isEmpty()
                ? "no stage has failed, so nothing is tried again; write another value when one has"
                : "tries again: " + stages;
        return Optional.of(
                new Transition(false, "RetryRequested", "paft.io/retry is %s: %s".formatted(request, what), null));
    }

    private static Optional<Transition> ofPhase(PaftPipelineStatus status) {
        String phase = Objects.requireNonNullElse(status.phase(), "");
        return Optional.ofNullable(
                switch (phase) {
                    case "Succeeded" -> new Transition(false, "PipelineSucceeded", "all stages succeeded", null);
                    case "Failed" ->
                        new Transition(true, "PipelineFailed", "the pipeline cannot go on; see status.stages", null);
                    case Pause.SUSPENDING ->
                        new Transition(false, "PipelineSuspending", "spec.suspend is true; pods are stopping", null);
                    case Pause.SUSPENDED -> new Transition(false, "PipelineSuspended", "nothing runs any more", null);
                    default -> null;
                });
    }

    private static String text(StageStatus stage) {
        return stage.message() == null ? Objects.requireNonNullElse(stage.reason(), "") : stage.message();
    }
}
