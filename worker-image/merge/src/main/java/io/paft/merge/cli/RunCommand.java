package io.paft.merge.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.Version;
import io.paft.merge.engine.Engine;
import io.paft.merge.engine.MergeJob;
import io.paft.merge.engine.MergePlan;
import io.paft.merge.engine.ModelSet;
import io.paft.merge.engine.Planner;
import io.paft.merge.files.FileTree;
import io.paft.merge.files.Listing;
import io.paft.merge.recipe.Recipe;
import io.paft.merge.recipe.RecipeReader;
import io.paft.merge.report.MergeReport;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.stream.Stream;

/** Merges a recipe into a directory, which appears complete or not at all. */
final class RunCommand {
    private final Path recipeFile;
    private final Path output;
    private final Engine.Options options;
    private final PrintStream out;

    RunCommand(Path recipeFile, Path output, Engine.Options options, PrintStream out) {
        this.recipeFile = recipeFile;
        this.output = output.toAbsolutePath().normalize();
        this.options = options;
        this.out = out;
    }

    /** Checks everything that can be checked without writing. */
    int dryRun() throws IOException {
        Recipe recipe = RecipeReader.read(recipeFile);
        checkOutput();
        try (ModelSet models = new ModelSet(Path.of(""))) {
            MergePlan plan = Planner.plan(recipe, models);
            out.printf(
                    "%s of %d inputs: %d tensors, %d parameters, %s to write%n",
                    plan.method(),
                    recipe.inputs().size(),
                    plan.tensors().size(),
                    plan.elements(),
                    Sizes.format(plan.bytes()));
        }
        return 0;
    }

    /** Merges. */
    int run() throws IOException {
        Instant start = Instant.now();
        Recipe recipe = RecipeReader.read(recipeFile);
        checkOutput();
        Path work = output.resolveSibling(output.getFileName() + ".tmp");
        FileTree.delete(work);
        Files.createDirectories(work);
        Engine engine = new Engine(options);
        Thread hook = new Thread(() -> stop(engine, work), "stop");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            MergeJob.Outcome outcome = new MergeJob(recipe, Path.of(""), engine).run(work, ConsoleProgress::of);
            Files.write(work.resolve("merge-report.json"), MergeReport.encode(outcome.report()));
            Files.copy(recipeFile, work.resolve("recipe.yaml"));
            Files.write(work.resolve(Listing.MANIFEST), Json.pretty(manifest(work, start, options.seed())));
            FileTree.sync(work);
            Files.deleteIfExists(output);
            FileTree.rename(work, output);
            double seconds = Duration.between(start, Instant.now()).toMillis() / 1000.0;
            out.printf(
                    Locale.ROOT,
                    "merged %d tensors, %d parameters into %s in %.1f s%n",
                    outcome.tensors(),
                    outcome.elements(),
                    output,
                    seconds);
            return 0;
        } finally {
            FileTree.delete(work);
            Runtime.getRuntime().removeShutdownHook(hook);
        }
    }

    private static ObjectNode manifest(Path work, Instant start, long seed) throws IOException {
        ObjectNode manifest = Json.object();
        manifest.put("kind", "MergeManifest");
        Listing.write(manifest, FileTree.entries(work));
        manifest.putObject("versions")
                .put("paft-merge", Version.current())
                .put("java", Runtime.version().toString());
        manifest.put("seed", seed);
        manifest.put("startTime", start.toString());
        manifest.put("completionTime", Instant.now().toString());
        return manifest;
    }

    private void checkOutput() throws IOException {
        if (!Files.exists(output)) {
            return;
        }
        if (Files.isDirectory(output)) {
            try (Stream<Path> files = Files.list(output)) {
                if (files.findAny().isEmpty()) {
                    return;
                }
            }
        }
        throw new MergeException(
                Reason.InvalidParameter,
                output + " exists and is not an empty directory: choose another, or remove it.");
    }

    /** Ends the work on a signal; what is left has a name that says that it is unfinished. */
    private static void stop(Engine engine, Path work) {
        engine.stop();
        try {
            FileTree.delete(work);
        } catch (IOException e) {
            System.err.println("unfinished files are left in " + work);
        }
    }
}
