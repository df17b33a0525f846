package io.paft.operator.plan;

import io.paft.api.v1alpha1.Result;
import io.paft.api.v1alpha1.StageState;
import io.paft.api.v1alpha1.StageStatus;
import io.paft.operator.plan.Siblings.Standing;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A stage whose result another pipeline has, or makes: what its status says. */
final class SharedStage {

    private static final String WAITING = "WaitingForPipeline";

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
        StageStatus theirs = made.stage();
        var status = new StageStatus(
                        stage.name(),
                        StageState.Succeeded,
                        "Completed",
                        "pipeline %s has this result; nothing was run"
                                .formatted(made.by().name()),
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
                .withSibling(made.by().name(), null);
        boolean report = stage.node().kind() == NodeKind.REPORT;
        return new StageDecision(status, List.of(), report ? report(made.by().result()) : null);
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
