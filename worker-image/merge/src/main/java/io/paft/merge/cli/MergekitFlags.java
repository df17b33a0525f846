package io.paft.merge.cli;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import java.io.PrintWriter;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * Options of mergekit-yaml that scripts have and a merge here does not need: accepted, and said to be unnecessary; or
 * refused, where leaving them out would give something else than was asked for.
 */
final class MergekitFlags {
    private static final String RUN = "run";
    private static final String CPU = "the merge runs on the processor, in memory of a fixed size";
    private static final String STREAMED = "tensors are streamed, from and to safetensors files only";

    private static final List<Flag> FLAGS = List.of(
            unneeded("--cuda", CPU),
            unneeded("--gpu-rich", CPU),
            unneeded("--low-cpu-memory", CPU),
            unneeded("--read-to-gpu", CPU),
            unneeded("--multi-gpu", CPU),
            unneeded("--device", CPU).withValue(),
            unneeded("--lazy-unpickle", STREAMED),
            unneeded("--async-write", STREAMED),
            unneeded("--write-threads", STREAMED).withValue(),
            unneeded("--clone-tensors", STREAMED),
            unneeded("--safe-serialization", STREAMED),
            unneeded("--copy-tokenizer", "the tokenizer is copied always"),
            unneeded(
                    "--write-model-card",
                    "merge-report.json and recipe.yaml say what was merged; no README.md is written"),
            unneeded("--no-write-model-card", "no README.md is written"),
            unneeded("--allow-crimes", "tensors are merged by name and shape, whatever the architectures are called"),
            unneeded("--trust-remote-code", "no code of a model is run, and none is copied"),
            unneeded("--transformers-cache", "models are directories; nothing is downloaded")
                    .withValue(),
            unneeded("--lora-merge-cache", "adapters are merged on the fly, without copies")
                    .withValue(),
            unneeded("--lora-merge-dtype", "adapters are added in float32, whatever their type")
                    .withValue(),
            unneeded("--quiet", "progress goes to the error stream: 2>/dev/null hides it"),
            unneeded("-v", "what is done to each tensor, recipe --explain tells"),
            refused(
                    "--unsafe-truncate-embeddings",
                    "it would cut rows of tokens off: bring the models to one vocabulary with transformers' resize_token_embeddings"),
            refused("--no-copy-tokenizer", "remove it, and delete the tokenizer's files from the output"),
            refused("--no-safe-serialization", "only safetensors files are written: remove it"));

    private MergekitFlags() {}

    private record Flag(String name, boolean refused, boolean value, String why) {
        Flag withValue() {
            return new Flag(name, refused, true, why);
        }

        /** The {@code --no-} form that mergekit has of each of its switches. */
        String opposite() {
            return "--no-" + name.substring(Math.min(2, name.length()));
        }

        boolean isSwitch() {
            return name.startsWith("--") && !name.startsWith("--no-") && !value;
        }
    }

    private static Flag unneeded(String name, String why) {
        return new Flag(name, false, false, why);
    }

    private static Flag refused(String name, String why) {
        return new Flag(name, true, false, why);
    }

    /** Makes {@code run} know them, without showing them in its help. */
    static void addTo(CommandLine main) {
        main.setExecutionStrategy(MergekitFlags::execute);
        main.getSubcommands().forEach((name, command) -> {
            if (name.equals(RUN)) {
                addTo(command.getCommandSpec());
            }
        });
    }

    private static void addTo(CommandSpec run) {
        Set<String> names = FLAGS.stream().map(Flag::name).collect(Collectors.toSet());
        for (Flag flag : FLAGS) {
            run.addOption(OptionSpec.builder(flag.name())
                    .arity(flag.value() ? "1" : "0")
                    .type(flag.value() ? String.class : boolean[].class)
                    .hidden(true)
                    .build());
            if (flag.isSwitch() && !names.contains(flag.opposite())) {
                run.addOption(OptionSpec.builder(flag.opposite())
                        .arity("0")
                        .type(boolean[].class)
                        .hidden(true)
                        .build());
            }
        }
    }

    /**
     * Says what was not needed.
     *
     * @param err gets one line for each
     * @throws MergeException InvalidParameter for an option that is refused
     */
    private static void check(ParseResult run, PrintWriter err) {
        for (Flag flag : FLAGS) {
            if (!run.hasMatchedOption(flag.name())) {
                continue;
            }
            if (flag.refused()) {
                throw new MergeException(
                        Reason.InvalidParameter, flag.name() + " is not supported: " + flag.why() + ".");
            }
            err.println("note: " + flag.name() + " is not needed: " + flag.why() + ".");
        }
    }

    /** Runs a command line after this check. */
    private static int execute(ParseResult parsed) {
        ParseResult run = parsed.hasSubcommand() ? parsed.subcommand() : parsed;
        CommandLine line = run.commandSpec().commandLine();
        try {
            if (run.commandSpec().name().equals(RUN)) {
                check(run, line.getErr());
            }
        } catch (MergeException e) {
            throw new CommandLine.ExecutionException(line, String.valueOf(e.getMessage()), e);
        }
        return new CommandLine.RunLast().execute(parsed);
    }
}
