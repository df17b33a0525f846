package io.paft.merge.stage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Failures;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.engine.Engine;
import io.paft.merge.engine.MergePlan;
import io.paft.merge.engine.Progress;
import io.paft.merge.files.OutputLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The life of a merge stage: lock, reuse, work, commit, and how it ends. Every ending writes the termination message. */
public final class StageRunner {
    private final Engine engine;
    private final int threads;
    private final Map<String, String> environment;
    private final Consumer<String> log;
    private final Function<MergePlan, Progress> progress;
    /** Held while the output becomes complete, so that a signal does not end the process in the middle of it. */
    private final ReentrantLock ending = new ReentrantLock();

    private boolean ended;
    private volatile @Nullable StageOutput output;

    /**
     * A runner.
     *
     * @param engine does the merge
     * @param threads that the engine was given, for the manifest
     * @param environment of the process: PAFT_STAGE, PAFT_TERMINATION_LOG
     * @param log gets lines for a person
     * @param progress told the plan, gives who hears of the work
     */
    public StageRunner(
            Engine engine,
            int threads,
            Map<String, String> environment,
            Consumer<String> log,
            Function<MergePlan, Progress> progress) {
        this.engine = engine;
        this.threads = threads;
        this.environment = environment;
        this.log = log;
        this.progress = progress;
    }

    /** Runs the stage and returns the exit code. */
    public int run() {
        try {
            ObjectNode message = work();
            log.accept(message.path("outcome").asText() + ": "
                    + message.path("message").asText());
            end(message);
            return 0;
        } catch (IOException | RuntimeException | Error e) {
            MergeException failure = Failures.classify(e);
            if (failure.reason() == Reason.InternalError) {
                e.printStackTrace();
            }
            String text = failure.sentence() + kept(failure.reason());
            log.accept("failed: " + failure.reason() + ": " + text);
            end(failed(failure.reason(), text));
            return failure.reason().exitCode();
        }
    }

    /** What a signal does: waits for a commit that has begun, else says that the stage was stopped. */
    public void stop() {
        engine.stop();
        end(failed(Reason.Stopped, "stopped by a signal before it was done." + kept(Reason.Stopped)));
    }

    private static ObjectNode failed(Reason reason, String text) {
        String outcome = reason == Reason.Stopped ? "Stopped" : "Failed";
        return Termination.of(outcome, reason.name(), text, null);
    }

    /** What is left for the next attempt; nothing is said of a failure that is not tried again. */
    private String kept(Reason reason) {
        StageOutput current = output;
        if (!isRetried(reason) || current == null) {
            return "";
        }
        int finished = finished(current);
        return finished == 0
                ? " Nothing was kept, the next attempt starts from the beginning."
                : " " + finished + (finished == 1 ? " finished shard is" : " finished shards are")
                        + " kept, the next attempt goes on from there.";
    }

    private static boolean isRetried(Reason reason) {
        return switch (reason) {
            case WorkspaceFull, OutOfMemory, Stopped, InternalError -> true;
            case InvalidStage,
                    InvalidParameter,
                    ModelNotFound,
                    ModelInvalid,
                    UnsafeFormat,
                    ShapeMismatch,
                    WorkspaceReadOnly -> false;
        };
    }

    private int finished(StageOutput current) {
        try {
            return current.finished();
        } catch (IOException e) {
            log.accept("what is finished cannot be read: " + e);
            return 0;
        }
    }

    private ObjectNode work() throws IOException {
        Instant start = Instant.now();
        StageDocument stage = StageDocument.parse(environment.get("PAFT_STAGE"));
        log.accept("stage " + stage.node() + " (merge) of " + stage.pipeline() + ", key "
                + stage.key().substring(0, 8));
        if (!Files.isDirectory(stage.workspace())) {
            throw new MergeException(
                    Reason.WorkspaceReadOnly, "the workspace " + stage.workspace() + " is not mounted.");
        }
        Files.createDirectories(stage.workspace().resolve(StageDocument.KIND));
        StageOutput directory = new StageOutput(stage, log);
        output = directory;
        try (OutputLock _ = OutputLock.take(
                directory.lockFile(), () -> log.accept("another pod works on this output: waiting for it"))) {
            Optional<JsonNode> recorded = directory.reusable();
            if (recorded.isPresent()) {
                String text = "already done on "
                        + recorded.get().path("completionTime").asText() + ", every file verified; nothing was run.";
                return Termination.of("Reused", "Completed", text, recorded.get());
            }
            return merge(stage, directory, start);
        }
    }

    private ObjectNode merge(StageDocument stage, StageOutput output, Instant start) throws IOException {
        Path directory = output.start();
        try {
            StageManifest.Result result = new MergeStage(stage, engine, threads, log).run(directory, progress);
            ObjectNode manifest = StageManifest.build(stage, result, start);
            ending.lock();
            try {
                if (ended) {
                    throw new MergeException(Reason.Stopped, "stopped by a signal before it was done.");
                }
                output.commit(manifest);
            } finally {
                ending.unlock();
            }
            log.accept("wrote " + stage.display(stage.output()) + ": "
                    + result.files().size() + " files, "
                    + manifest.path("bytes") + " bytes, "
                    + manifest.path("digest").asText());
            return Termination.of("Succeeded", "Completed", result.message(), manifest);
        } catch (IOException | RuntimeException | Error e) {
            if (!isRetried(Failures.classify(e).reason()) || finished(output) == 0) {
                discard(output);
            }
            throw e;
        }
    }

    /** Gives the space back; what cannot be removed now, the next attempt removes. */
    private void discard(StageOutput output) {
        try {
            output.discard();
        } catch (IOException e) {
            log.accept("the unfinished output could not be removed: " + e);
        }
    }

    private void end(ObjectNode message) {
        ending.lock();
        try {
            if (ended) {
                return;
            }
            ended = true;
            Termination.write(message, terminationLog());
        } catch (IOException e) {
            log.accept("the termination message could not be written: " + e);
        } finally {
            ending.unlock();
        }
    }

    private Path terminationLog() {
        @Nullable String asked = environment.get("PAFT_TERMINATION_LOG");
        return Path.of(asked == null || asked.isEmpty() ? "/dev/termination-log" : asked);
    }
}
