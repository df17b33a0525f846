package io.paft.merge.cli;

import io.paft.merge.engine.Engine;
import io.paft.merge.stage.ProgressPoster;
import io.paft.merge.stage.StageRunner;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;

/** The stage of a pipeline, in a pod. */
final class StageCommand {
    private StageCommand() {}

    /** Runs it; a signal ends it as the contract says. Returns the exit code. */
    static int run(Map<String, String> environment) {
        int threads = Runtime.getRuntime().availableProcessors();
        long memory = Runtime.getRuntime().maxMemory() / 4 * 3;
        Engine engine = new Engine(new Engine.Options(threads, memory, Engine.Options.SHARD_SIZE));
        StageRunner runner = new StageRunner(
                engine,
                threads,
                environment,
                StageCommand::log,
                plan -> ConsoleProgress.of(plan).and(ProgressPoster.of(plan, environment, StageCommand::log)));
        Runtime.getRuntime().addShutdownHook(new Thread(runner::stop, "stop"));
        return runner.run();
    }

    private static void log(String line) {
        System.out.println(Instant.now().truncatedTo(ChronoUnit.SECONDS) + " " + line);
    }
}
