package io.paft.operator.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.time.Duration;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The operator against a simulated cluster: a short run for every build, a long one for `dev/model/run`. */
class ModelTest {

    private static final Logger OPERATOR = Logger.getLogger("io.paft.operator");

    static {
        // A line for each Job that is created takes longer than to decide on it.
        OPERATOR.setLevel(Level.WARNING);
    }

    private static final long STEPS = 50_000;
    private static final long SEED = 1;

    @Test
    void everyStepKeepsThePromises() {
        var check = new ModelCheck();
        found(check.run(STEPS, SEED, sofar -> {}));
        assertThat(check.coverage.steps()).isGreaterThanOrEqualTo(STEPS);
        assertThat(check.coverage.states())
                .contains("Running", "Succeeded", "Failed", "Blocked", "Retrying", "JobRefused", "Unschedulable")
                .contains("ImagePullBackOff", "ReadingResult", "Replacing", "WaitingForDependencies")
                .contains("NoProgress", "WaitingForPipeline", "WaitingForStage", "RetryRequested", "Restarting");
        assertThat(check.coverage.happened(StepKind.RETRY, "Failed")).isTrue();
    }

    @Test
    @EnabledIfSystemProperty(named = "paft.model.steps", matches = "\\d+")
    void asLongAsAsked() {
        long steps = Long.getLong("paft.model.steps");
        long seed = Long.getLong("paft.model.seed", SEED);
        main(Long.toString(steps), Long.toString(seed));
    }

    /**
     * A long run.
     *
     * @param arguments steps, seed, and any third word to leave out how a violation comes about, which takes long to find
     */
    public static void main(String... arguments) {
        long steps = Long.parseLong(arguments[0]);
        long seed = Long.parseLong(arguments[1]);
        long start = System.nanoTime();
        var check = new ModelCheck();
        var finding = check.run(steps, seed, sofar -> {});
        double seconds = Duration.ofNanos(System.nanoTime() - start).toMillis() / 1000.0;
        System.out.println(check.coverage.table());
        System.out.println("never: " + check.coverage.missing());
        System.out.printf(
                "%d steps from seed %d in %.1f s: %.0f steps per second%n",
                check.coverage.steps(), seed, seconds, check.coverage.steps() / seconds);
        if (finding != null) {
            System.out.printf(
                    "violated after %d steps, seed %d: %s%n",
                    check.coverage.steps(), finding.seed(), finding.violation().invariant());
        }
        if (arguments.length == 2) {
            found(finding);
        }
    }

    private static void found(ModelCheck.Finding finding) {
        if (finding != null) {
            fail(ModelCheck.explain(finding));
        }
    }
}
