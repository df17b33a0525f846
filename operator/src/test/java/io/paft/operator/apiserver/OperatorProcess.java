package io.paft.operator.apiserver;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The packaged operator as a process of its own, started the way its image starts it. */
final class OperatorProcess implements AutoCloseable {

    private static final Pattern TEXT = Pattern.compile("\"([^\"]*)\"");
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final HttpClient http = HttpClient.newHttpClient();
    private final Process process;
    private final int port;
    private final Path log;

    /**
     * Starts one.
     *
     * @param access as whom it comes, and to which API server
     * @param variables settings
     * @param options of the JVM, besides those of the image
     */
    OperatorProcess(Map<String, String> access, Map<String, String> variables, String... options) {
        try {
            port = freePort();
            log = Files.createTempFile("operator", ".log");
            log.toFile().deleteOnExit();
            var command = new ArrayList<String>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(imageOptions());
            command.addAll(List.of(options));
            command.addAll(List.of("-jar", PackagedOperator.jar().toString()));
            var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
            builder.environment().clear();
            builder.environment().put("HOME", "/tmp");
            builder.environment().putAll(access);
            builder.environment().put("QUARKUS_HTTP_PORT", Integer.toString(port));
            builder.environment().putAll(variables);
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static int freePort() {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the image's ENTRYPOINT gives to the JVM, but for the cache that only the image has. */
    private static List<String> imageOptions() throws IOException {
        String file = Files.readString(Path.of("Containerfile"));
        Matcher text = TEXT.matcher(file.substring(file.indexOf("ENTRYPOINT")));
        return text.results()
                .map(match -> match.group(1))
                .filter(option -> option.startsWith("-X") && !option.startsWith("-XX:AOTCache"))
                .collect(Collectors.toList());
    }

    OperatorProcess ready() {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> {
            if (!process.isAlive()) {
                throw new IllegalStateException("it ended:\n" + log());
            }
            return status("/q/health/ready") == 200;
        });
        return this;
    }

    /** HTTP status, or 0 when nothing answers. */
    int status(String path) {
        try {
            return http.send(request(path), BodyHandlers.discarding()).statusCode();
        } catch (IOException e) {
            return 0;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    String get(String path) {
        try {
            return http.send(request(path), BodyHandlers.ofString()).body();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(path + " of the operator:\n" + log(), e);
        }
    }

    private HttpRequest request(String path) {
        return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path))
                .timeout(Duration.ofSeconds(20))
                .build();
    }

    /** The sum of a metric over its labels; 0 when it is not there. */
    double metric(String name) {
        return get("/q/metrics")
                .lines()
                .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    boolean leads() {
        return process.isAlive() && status("/q/health/live") == 200 && metric("paft_leader") == 1;
    }

    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long pid() {
        return process.pid();
    }

    boolean runs() {
        return process.isAlive();
    }

    /** SIGKILL. */
    void kill() {
        process.destroyForcibly();
        end();
    }

    /** SIGTERM, as the kubelet sends it. */
    void terminate() {
        process.destroy();
    }

    /** Waits for it to end, and gives its exit code. */
    int end() {
        try {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("it does not end:\n" + log());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Any signal, by its name. */
    void signal(String name) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        end();
    }
}
