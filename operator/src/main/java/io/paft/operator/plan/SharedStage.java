package io.paft.operator.plan;

import io.paft.api.v1alpha1.Result;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.plan.Siblings.Standing;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A stage whose result another pipeline, or another stage of its own, has or makes: what its status says. */
final class SharedStage {

    private static final String WAITING = "WaitingForPipeline";
    private static final String WAITING_FOR_TWIN = "WaitingForStage";

    private SharedStage() {}

    /** Whether a stage waits for what another pipeline makes. */
    static boolean waits(StageStatus status) {
        return WAITING.equals(status.reason());
    }

    /**
     * Done, without a Job: the result lies in the workspace that both share.
     *
     * @param now when that was found
     */
    static StageDecision reused(Stage stage, Standing.Made made, Instant now) {
        String name = made.by().name();
        StageStatus status =
                reused(stage, made.stage(), "pipeline %s has this result; nothing was run".formatted(name), name, now);
        boolean report = stage.node().kind() == NodeKind.REPORT;
        return new StageDecision(status, List.of(), report ? report(made.by().result()) : null);
    }

    /** Comes to what the other stage comes to: they have one result between them. */
    static StageDecision twin(Stage stage, StageStatusBuilder builder, Standing.Twin twin, Instant now) {
        String name = twin.stage().name();
        return StageDecision.of(
                switch (twin.stage().state()) {
                    case Succeeded -> {
                        String made = twin.stage().reusedFrom();
                        String from = made == null ? twin.pipeline() : made;
                        String message = "stage %s of this pipeline has this result; nothing was run".formatted(name);
                        yield reused(stage, twin.stage(), message, from, now);
                    }
                    case Failed, Blocked ->
                        builder.of(
                                StageState.Blocked,
                                "DependencyFailed",
                                "has the result of %s, which did not succeed".formatted(name));
                    case Pending, Running ->
                        builder.of(
                                StageState.Pending,
                                WAITING_FOR_TWIN,
                                "waits for stage %s of this pipeline, which makes the same result".formatted(name));
                });
    }

    private static StageStatus reused(Stage stage, StageStatus theirs, String message, String from, Instant now) {
        return new StageStatus(
                        stage.name(),
                        StageState.Succeeded,
                        "Completed",
                        message,
                        stage.key(),
                        true,
                        null,
                        null,
                        null,
                        now.truncatedTo(ChronoUnit.SECONDS).toString(),
                        theirs.metrics(),
                        theirs.output(),
                        null,
                        null)
                .withSibling(from, null);
    }

    /** Waits, so that the same is not run twice. */
    static StageDecision waiting(StageStatusBuilder builder, Standing.Making making) {
        String name = making.by().name();
        String message = "pipeline %s makes the same result; waits for it, and takes over if it does not get there"
                .formatted(name);
        return StageDecision.of(builder.of(StageState.Pending, WAITING, message).withSibling(null, name));
    }

    private static Termination.@Nullable Report report(@Nullable Result result) {
        return result == null ? null : new Termination.Report(result.best(), result.score(), result.scores());
    }
}
