package io.paft.merge.cli;

import io.paft.merge.Failures;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.Version;
import io.paft.merge.engine.Engine;
import io.paft.merge.journal.Share;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command line: one method per subcommand. */
@Command(
        name = "paft-merge",
        description = "Sparsifies and fuses checkpoints of language models.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.VersionText.class,
        subcommands = CommandLine.HelpCommand.class)
public final class Main {
    private static final String RECIPE =
            "A recipe in mergekit's format; relative paths of models start at the current directory.";

    Main() {}

    /** Tells picocli the version. */
    static final class VersionText implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"paft-merge " + Version.current()};
        }
    }

    /** Ends the process with the exit code of docs/stage-contract.md. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Relaunch.endWithFirst();
        Optional<List<String>> again = Relaunch.command(arguments);
        System.exit(
                again.isPresent() ? Relaunch.run(again.get()) : commandLine().execute(arguments));
    }

    /** The command line, for tests. */
    static CommandLine commandLine() {
        CommandLine main = new CommandLine(new Main());
        MergekitFlags.addTo(main);
        return main.setExecutionExceptionHandler((error, line, parsed) -> {
            MergeException failure = Failures.classify(error);
            if (failure.reason() == Reason.InternalError) {
                error.printStackTrace(line.getErr());
            }
            line.getErr().println("error: " + failure.reason() + ": " + failure.sentence());
            return failure.reason().exitCode();
        });
    }

    @Command(description = "Merges the models of a recipe into a new checkpoint.")
    int run(
            @Parameters(paramLabel = "RECIPE.yaml", description = RECIPE) Path recipe,
            @Parameters(paramLabel = "OUT_DIR", description = "Directory to create; it must not have files yet.")
                    Path output,
            @Option(
                            names = {"--threads", "--num-threads", "-j"},
                            paramLabel = "N",
                            description = "Threads; default: the number of cores.")
                    @Nullable
                    Integer threads,
            @Option(
                            names = "--max-memory",
                            paramLabel = "SIZE",
                            defaultValue = "1g",
                            description =
                                    "Memory of the process besides the mapped files, such as 512m; default: ${DEFAULT-VALUE}.")
                    String memory,
            @Option(
                            names = "--shard-size",
                            paramLabel = "SIZE",
                            defaultValue = "5GB",
                            description = "Largest size of a file of weights; default: ${DEFAULT-VALUE}.")
                    String shardSize,
            @Option(
                            names = "--out-shard-size",
                            paramLabel = "SIZE",
                            description = "The same in mergekit's form: 5B are 5 * 10^9 bytes, 500M are 500 * 10^6.")
                    @Nullable
                    String mergekitShardSize,
            @Option(
                            names = {"--seed", "--random-seed"},
                            paramLabel = "N",
                            defaultValue = "0",
                            description = "Seed of dare's and della's random masks; default: ${DEFAULT-VALUE}.")
                    long seed,
            @Option(
                            names = "--allow-nan",
                            description = "Goes on with NaN and infinite values; the report counts them.")
                    boolean allowNan,
            @Option(
                            names = "--part",
                            paramLabel = "I/N",
                            description =
                                    "Merges only the I-th of N shares, for several processes side by side; see join.")
                    @Nullable
                    String part,
            @Option(
                            names = "--resume",
                            description = "Goes on from the finished shards of a merge that was interrupted, if any.")
                    boolean resume,
            @Option(names = "--dry-run", description = "Checks everything and tells what would be written.")
                    boolean dryRun)
            throws IOException {
        int count = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        if (count < 1) {
            throw new MergeException(Reason.InvalidParameter, "--threads must be at least 1.");
        }
        Engine.Options options = new Engine.Options(
                count,
                Memory.working(Sizes.parse(memory, "--max-memory")),
                mergekitShardSize == null
                        ? Sizes.parse(shardSize, "--shard-size")
                        : Sizes.parseMergekit(mergekitShardSize, "--out-shard-size"),
                seed,
                allowNan);
        RunCommand command = new RunCommand(
                recipe, output, options, part == null ? Share.WHOLE : Share.parse(part), resume, System.out);
        return dryRun ? command.dryRun() : command.run();
    }

    @Command(description = "Completes a checkpoint whose parts were merged with run --part.")
    int join(
            @Parameters(
                            arity = "1..*",
                            paramLabel = "[PARTS...] OUT_DIR",
                            description =
                                    "The OUT_DIR of the parts; if each part had its own, these first, then a new one.")
                    List<Path> directories)
            throws IOException {
        return new JoinCommand(directories.subList(0, directories.size() - 1), directories.getLast(), System.out).run();
    }

    @Command(description = "Lists the tensors of a checkpoint or an adapter.")
    int inspect(@Parameters(paramLabel = "CHECKPOINT", description = "A directory, or BASE+ADAPTER.") String checkpoint)
            throws IOException {
        return new InspectCommand(checkpoint, System.out).run();
    }

    @Command(description = "Statistics of the deltas of two models, without merging them.")
    int compare(
            @Parameters(paramLabel = "A", description = "A directory, or BASE+ADAPTER.") String first,
            @Parameters(paramLabel = "B", description = "The same.") String second,
            @Option(
                            names = "--base",
                            paramLabel = "BASE",
                            description = "What both were made from; default: B is compared with A.")
                    @Nullable
                    String base)
            throws IOException {
        return new CompareCommand(first, second, base, System.out).run();
    }

    @Command(description = "Checks an output: digests of its manifest, shapes, finite values.")
    int verify(@Parameters(paramLabel = "OUT_DIR", description = "The output of run or of a stage.") Path directory)
            throws IOException {
        return new VerifyCommand(directory, System.out).run();
    }

    @Command(description = "Tells what a recipe would do to each tensor.")
    int recipe(
            @Parameters(paramLabel = "RECIPE.yaml", description = RECIPE) Path recipe,
            @Option(names = "--explain", description = "One line for each tensor, with resolved parameters.")
                    boolean explain)
            throws IOException {
        return new RecipeCommand(recipe, explain, System.out).run();
    }

    @Command(description = "Runs the merge stage that the environment variable PAFT_STAGE describes.")
    int stage() {
        return StageCommand.run(System.getenv());
    }
}
