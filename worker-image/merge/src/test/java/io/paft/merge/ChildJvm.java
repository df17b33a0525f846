package io.paft.merge;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The command line in a process of its own. */
public final class ChildJvm {
    private final Path directory;
    /** Keeps the command line from starting itself again. */
    public static final String ONE_PROCESS = "-Dpaft.merge.relaunched=no";

    private final List<String> before = new ArrayList<>();
    private final List<String> options =
            new ArrayList<>(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", ONE_PROCESS));

    /** A process that works in a directory, and leaves its output in {@code log.txt} there. */
    public ChildJvm(Path directory) {
        this.directory = directory;
    }

    /** Puts a command in front of java, such as {@code setpriv}. */
    public ChildJvm under(String... command) {
        before.addAll(List.of(command));
        return this;
    }

    /** Adds options of the Java virtual machine; both compilers are used with {@code -XX:TieredStopAtLevel=4}. */
    public ChildJvm with(String... more) {
        options.addAll(List.of(more));
        return this;
    }

    /** Takes an option away. */
    public ChildJvm without(String option) {
        options.remove(option);
        return this;
    }

    /** Starts the command line with these arguments. */
    public Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.paft.merge.cli.Main"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log.txt").toFile())
                .start();
    }

    /** Runs to the end; returns the exit code. */
    public int run(String... arguments) throws IOException, InterruptedException {
        return exit(start(arguments));
    }

    /** Waits for the end; returns the exit code. */
    public int exit(Process process) throws InterruptedException {
        assertThat(process.waitFor(120, TimeUnit.SECONDS))
                .as("the process ends")
                .isTrue();
        return process.exitValue();
    }

    /** What the last process printed. */
    public String log() throws IOException {
        return Files.readString(directory.resolve("log.txt"));
    }
}
