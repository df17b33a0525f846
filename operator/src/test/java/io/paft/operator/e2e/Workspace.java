package io.paft.operator.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.PodResource;
import io.paft.operator.Yaml;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The volume of a story with the demonstration {@code mini} in it, and a restricted pod that looks into it. */
final class Workspace {

    static final String CLAIM = "paft-workspace";

    private static final String ROOT = "/workspace";
    private static final String PREPARE = "python -m paft_train prepare tiny --size mini --workspace " + ROOT;
    private static final ObjectMapper JSON = JsonMapper.builder().build();

    /** Made once per run: making it again in every namespace would give the same bytes. */
    private static byte[] prepared = {};

    private final KubernetesClient client;
    private final String namespace;

    private Workspace(KubernetesClient client, String namespace) {
        this.client = client;
        this.namespace = namespace;
    }

    static Workspace create(KubernetesClient client, String namespace) {
        var workspace = new Workspace(client, namespace);
        client.resource(Yaml.read(text("claim.yaml"), PersistentVolumeClaim.class))
                .inNamespace(namespace)
                .create();
        client.resource(Yaml.read(text("shell.yaml"), Pod.class))
                .inNamespace(namespace)
                .create();
        workspace.shellPod().waitUntilReady(120, TimeUnit.SECONDS);
        workspace.fill();
        return workspace;
    }

    private void fill() {
        synchronized (Workspace.class) {
            if (prepared.length == 0) {
                shell(Duration.ofMinutes(4), PREPARE);
                prepared = shell(Duration.ofMinutes(1), "tar -C " + ROOT + " -c models data tasks prepared");
                return;
            }
        }
        upload(prepared, "tar -C " + ROOT + " -x");
    }

    /** What a shell in the workspace prints; a command that fails throws with what it said. */
    String shell(String command) {
        return new String(shell(Duration.ofMinutes(1), command), StandardCharsets.UTF_8);
    }

    void write(String path, String content) {
        String target = ROOT + "/" + path;
        upload(
                content.getBytes(StandardCharsets.UTF_8),
                "mkdir -p $(dirname %s) && cat > %s".formatted(target, target));
    }

    /** Runs a Python program of the standard library in the workspace. */
    String python(String program) {
        return new String(
                exec(Duration.ofMinutes(1), program.getBytes(StandardCharsets.UTF_8), "/usr/bin/python3 -"),
                StandardCharsets.UTF_8);
    }

    /** The documents of a file that has one per line; none while there is no such file. */
    List<JsonNode> lines(String path) {
        return shell("cat " + path + " 2>/dev/null || true")
                .lines()
                .map(Workspace::read)
                .toList();
    }

    private static JsonNode read(String json) {
        try {
            return JSON.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @param uri of an output, as status has it */
    JsonNode manifest(String uri) {
        return read(shell("cat " + directory(uri) + "/manifest.json"));
    }

    /** The digest of an output's files as they are now, computed without the program that wrote them. */
    String digest(String uri) {
        String listing = shell("cd %s && find . -type f ! -path ./manifest.json -printf '%%P\\n' | LC_ALL=C sort"
                        .formatted(directory(uri))
                + " | xargs -d '\\n' sha256sum | sha256sum");
        return "sha256:" + listing.substring(0, listing.indexOf(' '));
    }

    private static String directory(String uri) {
        String claim = "pvc://" + CLAIM + "/";
        return uri.startsWith(claim) ? uri.substring(claim.length()) : uri;
    }

    private void upload(byte[] content, String command) {
        exec(Duration.ofMinutes(1), content, command);
    }

    private byte[] shell(Duration limit, String command) {
        return exec(limit, new byte[0], command);
    }

    /** A stream to a pod cannot be closed at one end: the shell reads as many bytes as there are. */
    private byte[] exec(Duration limit, byte[] input, String command) {
        var output = new ByteArrayOutputStream();
        var errors = new ByteArrayOutputStream();
        String line = "set -e; cd %s; head -c %d | (%s)".formatted(ROOT, input.length, command);
        try (var process = shellPod()
                .redirectingInput()
                .writingOutput(output)
                .writingError(errors)
                .exec("bash", "-o", "pipefail", "-c", line)) {
            process.getInput().write(input);
            process.getInput().flush();
            Integer code = process.exitCode().get(limit.toSeconds(), TimeUnit.SECONDS);
            if (!Integer.valueOf(0).equals(code)) {
                throw new AssertionError("in the workspace of %s, %s ended with %d:%n%s%s"
                        .formatted(namespace, command, code, output, errors));
            }
            return output.toByteArray();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (IOException | ExecutionException | TimeoutException e) {
            throw new AssertionError(
                    "in the workspace of %s, %s did not end: %s%n%s%s".formatted(namespace, command, e, output, errors),
                    e);
        }
    }

    private PodResource shellPod() {
        return client.pods().inNamespace(namespace).withName("shell");
    }

    private static String text(String file) {
        return Yaml.text(Yaml.resource("e2e/" + file));
    }
}
