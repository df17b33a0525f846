package io.paft.operator.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a person types. The kubectl of the local cluster, unless {@code KUBECTL} names another. */
final class Kubectl {

    private final String namespace;

    Kubectl(String namespace) {
        this.namespace = namespace;
    }

    /** Runs it and returns what it prints; a failure throws with everything that it said. */
    String run(String... arguments) {
        try {
            return start("", arguments);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    String apply(String yaml) {
        try {
            return start(yaml, "apply", "-f", "-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private String start(String input, String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(program());
        command.addAll(List.of("-n", namespace));
        command.addAll(List.of(arguments));
        Path said = Files.createTempFile("kubectl", ".txt");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
            try (var stdin = process.getOutputStream()) {
                stdin.write(input.getBytes(StandardCharsets.UTF_8));
            }
            int code = process.waitFor();
            String output = Files.readString(said);
            if (code != 0) {
                throw new AssertionError("%s ended with %d:%n%s".formatted(String.join(" ", command), code, output));
            }
            return output;
        } finally {
            Files.delete(said);
        }
    }

    private static List<String> program() {
        String other = System.getenv("KUBECTL");
        return other == null ? List.of("../dev/cluster/cluster", "kubectl") : List.of(other);
    }
}
