package io.paft.merge.cli;

import io.paft.merge.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Starts the program a second time with what {@code java -jar} alone does not give it: the Vector API, which the kernels
 * need to be fast and which no jar can ask for, and a heap no larger than the merge may use. Whoever passes
 * {@code --add-modules jdk.incubator.vector} gets one process with their own options.
 */
final class Relaunch {
    private static final String MODULE = "jdk.incubator.vector";
    /** Images give the same file to java. */
    private static final String OPTIONS = "kernels.options";

    /** Set for the second process to the first one's number; so there is never a third. */
    private static final String MARK = "paft.merge.relaunched";

    private static final List<String> HEAVY = List.of("run", "compare");
    private static final String MEMORY = "--max-memory";

    private Relaunch() {}

    /**
     * The command of the second process; empty when this one is as good, or when the program to start is not known.
     *
     * @param arguments of the command line
     */
    static Optional<List<String>> command(String[] arguments) {
        boolean heavy = arguments.length > 0 && HEAVY.contains(arguments[0]);
        Optional<String> java = ProcessHandle.current().info().command();
        if (!heavy
                || java.isEmpty()
                || System.getProperty(MARK) != null
                || ModuleLayer.boot().findModule(MODULE).isPresent()
                || ModuleLayer.boot().findModule("java.management").isEmpty()) {
            return Optional.empty();
        }
        List<String> given = ManagementFactory.getRuntimeMXBean().getInputArguments();
        List<String> command = new ArrayList<>();
        command.add(java.get());
        command.addAll(given);
        command.addAll(options());
        command.add("-D" + MARK + "=" + ProcessHandle.current().pid());
        if (given.stream().noneMatch(option -> option.startsWith("-XX:+Use") && option.endsWith("GC"))) {
            // The arrays of a merge live as long as it does: there is nothing to collect in parallel.
            command.add("-XX:+UseSerialGC");
        }
        if (given.stream().noneMatch(option -> option.startsWith("-Xmx"))) {
            command.add("-Xmx" + Memory.heap(memory(arguments)));
        }
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(Arrays.asList(arguments));
        return Optional.of(command);
    }

    /** What the kernels need, one option a line. */
    private static List<String> options() {
        try (InputStream source = Objects.requireNonNull(Relaunch.class.getResourceAsStream(OPTIONS))) {
            return new String(source.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> line.startsWith("-"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What {@code --max-memory} says; a value that cannot be read is refused by the second process. */
    private static long memory(String[] arguments) {
        for (int i = 1; i < arguments.length; i++) {
            String value = arguments[i].startsWith(MEMORY + "=")
                    ? arguments[i].substring(MEMORY.length() + 1)
                    : arguments[i - 1].equals(MEMORY) ? arguments[i] : null;
            if (value != null) {
                try {
                    return Sizes.parse(value, MEMORY);
                } catch (io.paft.merge.MergeException e) {
                    return Memory.DEFAULT;
                }
            }
        }
        return Memory.DEFAULT;
    }

    /** In the second process: ends it with the first, also where that is killed and cannot hand on a signal. */
    static void endWithFirst() {
        Long first = Long.getLong(MARK);
        if (first == null) {
            return;
        }
        Optional<ProcessHandle> parent = ProcessHandle.current().parent().filter(handle -> handle.pid() == first);
        Thread.ofPlatform().daemon().name("first").start(() -> {
            parent.map(ProcessHandle::onExit).ifPresent(CompletableFuture::join);
            Runtime.getRuntime().halt(Reason.Stopped.exitCode());
        });
    }

    /** Runs it with this process's input and output, hands signals on, and returns its exit code. */
    static int run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).inheritIO().start();
        Thread hook = new Thread(
                () -> {
                    process.destroy();
                    process.onExit().join();
                },
                "stop");
        Runtime.getRuntime().addShutdownHook(hook);
        int code = process.waitFor();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // A signal came at the same time: the hook sees that the process has ended.
            return code;
        }
        return code;
    }
}
