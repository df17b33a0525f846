package io.paft.merge.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.engine.Engine;
import io.paft.merge.engine.MergeJob;
import io.paft.merge.engine.MergePlan;
import io.paft.merge.engine.Progress;
import io.paft.merge.files.Listing;
import io.paft.merge.files.OutputLock;
import io.paft.merge.journal.Assembly;
import io.paft.merge.journal.Share;
import io.paft.merge.journal.Work;
import io.paft.merge.recipe.Recipe;
import io.paft.merge.recipe.RecipeReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Merges a recipe into a directory, which appears complete or not at all; finished shards outlast any interruption. */
final class RunCommand {
    private final Path recipeFile;
    private final OutputDirectory directory;
    private final Engine engine;
    private final boolean allowNan;
    private final Share share;
    private final boolean resume;
    private final PrintStream out;
    private volatile boolean begun;

    RunCommand(Path recipeFile, Path output, Engine.Options options, Share share, boolean resume, PrintStream out) {
        this.recipeFile = recipeFile;
        this.directory = new OutputDirectory(output);
        this.engine = new Engine(options);
        this.allowNan = options.allowNan();
        this.share = share;
        this.resume = resume;
        this.out = out;
    }

    /** Checks everything that can be checked without writing. */
    int dryRun() throws IOException {
        Recipe recipe = RecipeReader.read(recipeFile);
        if (!resume) {
            directory.checkFree();
        }
        MergeJob.Preview preview = new MergeJob(recipe, Path.of(""), engine).preview(work());
        out.printf(
                "%s of %d inputs: %d tensors, %d parameters, %s%s%s%n",
                preview.method(),
                recipe.inputs().size(),
                preview.tensors(),
                preview.elements(),
                Sizes.format(preview.bytes()),
                share.isWhole() ? " to write" : " in " + preview.shards() + " shards to write as part " + share,
                preview.finished() == 0 ? "" : "; " + preview.finished() + " shards of it are finished");
        return 0;
    }

    /** Merges. */
    int run() throws IOException {
        Instant start = Instant.now();
        Recipe recipe = RecipeReader.read(recipeFile);
        MergeJob job = new MergeJob(recipe, Path.of(""), engine);
        if (resume && isDone(job)) {
            return 0;
        }
        directory.checkFree();
        try (OutputLock _ = directory.lock(share);
                StopHook _ = new StopHook(engine::stop)) {
            String done = orKeep(() -> merge(job));
            double seconds = Duration.between(start, Instant.now()).toMillis() / 1000.0;
            out.printf(Locale.ROOT, "%s in %.1f s%n", done, seconds);
            return 0;
        }
    }

    private String merge(MergeJob job) throws IOException {
        if (share.isWhole()) {
            MergeJob.Outcome outcome = job.whole(work(), this::progress);
            Assembly assembly = outcome.assembly();
            directory.commit(assembly, outcome.report());
            return "merged " + assembly.tensors().size() + " tensors, " + assembly.elements() + " parameters into "
                    + directory.output() + outcome.part().keptText();
        }
        MergeJob.Part part = job.run(work(), this::progress);
        return "merged part " + share + ", " + part.tensors() + " tensors in "
                + part.shards().size() + (part.shards().size() == 1 ? " shard" : " shards") + " of "
                + directory.work() + part.keptText() + "; when all parts are done: join " + directory.output();
    }

    /** Work that can be interrupted. */
    private interface Interruptible {
        String run() throws IOException;
    }

    private String orKeep(Interruptible work) throws IOException {
        try {
            return work.run();
        } catch (IOException | RuntimeException | Error e) {
            keep();
            throw e;
        }
    }

    private Work work() throws IOException {
        return new Work(
                directory.work(),
                directory.work(),
                share,
                resume ? Work.Existing.RESUME : Work.Existing.REFUSE,
                Map.of("recipe.yaml", Files.readAllBytes(recipeFile)),
                System.err::println);
    }

    private Progress progress(MergePlan plan) {
        begun = true;
        return ConsoleProgress.of(plan);
    }

    /** True when an attempt before this one was interrupted only after it had completed the output. */
    private boolean isDone(MergeJob job) throws IOException {
        Optional<ObjectNode> manifest = directory.manifest();
        if (manifest.isEmpty()
                || !manifest.get()
                        .path("merge")
                        .asText()
                        .equals(job.facts(share).digest())) {
            return false;
        }
        Optional<String> problem = Listing.problem(directory.output(), manifest.get());
        if (problem.isPresent()) {
            throw new MergeException(
                    Reason.ModelInvalid,
                    directory.output() + " was complete, but " + problem.get() + " now: remove it to merge again.");
        }
        if (!allowNan && directory.hasNonFinite()) {
            throw new MergeException(
                    Reason.ModelInvalid,
                    directory.output()
                            + " was merged with --allow-nan and has NaN or infinite values: give it again to keep them, or remove the directory.");
        }
        out.println(directory.output() + " is this very merge, complete already; every file was verified");
        return true;
    }

    /** After a failure: says what is kept, and how to go on. */
    private void keep() {
        try {
            int finished = work().finished();
            if (finished == 0) {
                directory.discard(share);
            } else if (begun) {
                System.err.println("kept " + finished + (finished == 1 ? " finished shard" : " finished shards")
                        + " in " + directory.work() + ": give the same command with --resume to go on");
            }
        } catch (IOException | MergeException e) {
            System.err.println("unfinished files are left in " + directory.work());
        }
    }
}
