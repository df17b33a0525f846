package io.paft.operator.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.operator.Yaml;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What kstatus makes of every status that the planner's golden cases hold, by the library's own code (dev/kstatus): one table,
 * {@code kstatus.txt}. Run with {@code -Dpaft.golden.update=true} to write it, then read it.
 */
@Tag("apiserver")
class KstatusTest {

    private static final Path TABLE = Yaml.resource("kstatus.txt");

    @Test
    void everyGoldenStatusIsUnderstood() throws IOException, InterruptedException {
        var manifests = new StringBuilder();
        try (Stream<Path> cases = Files.list(Yaml.resource("golden"))) {
            for (Path folder : cases.sorted().toList()) {
                manifests.append(manifest(folder)).append("\n---\n");
            }
        }
        manifests
                .append(seenByNobody())
                .append("\n---\n")
                .append(editedSince())
                .append("\n---\n")
                .append(leaving());

        String table = kstatus(manifests.toString());

        if (Boolean.getBoolean("paft.golden.update")) {
            Files.writeString(TABLE, table);
        }
        assertThat(table).isEqualTo(Yaml.text(TABLE));
    }

    /** A pipeline with the status that the planner gives it. */
    private static JsonNode manifest(Path folder) {
        ObjectNode pipeline = pipeline(folder, folder.getFileName().toString());
        return pipeline.set("status", Yaml.tree(folder.resolve("expected.yaml")).get("status"));
    }

    /** As the API server makes it, with the default of the CRD. */
    private static JsonNode seenByNobody() {
        ObjectNode pipeline = pipeline(Yaml.resource("golden/first-visit"), "SEEN BY NOBODY");
        pipeline.withObject("status").removeAll().put("observedGeneration", -1);
        return pipeline;
    }

    private static JsonNode editedSince() {
        Path folder = Yaml.resource("golden/report-done");
        ObjectNode pipeline = pipeline(folder, "SUCCEEDED, EDITED SINCE");
        pipeline.withObject("metadata").put("generation", 2);
        return pipeline.set("status", Yaml.tree(folder.resolve("expected.yaml")).get("status"));
    }

    private static JsonNode leaving() {
        Path folder = Yaml.resource("golden/report-done");
        ObjectNode pipeline = pipeline(folder, "SUCCEEDED, BEING DELETED");
        pipeline.withObject("metadata").put("deletionTimestamp", "2026-01-01T00:00:00Z");
        return pipeline.set("status", Yaml.tree(folder.resolve("expected.yaml")).get("status"));
    }

    private static ObjectNode pipeline(Path folder, String name) {
        // Keys stand in it as ${key:sft}: those are texts to YAML.
        ObjectNode pipeline = (ObjectNode) Yaml.tree(folder.resolve("pipeline.yaml"));
        pipeline.withObject("metadata").put("name", name);
        return pipeline;
    }

    private static String kstatus(String manifests) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(go(), "run", ".")
                .directory(Path.of("../dev/kstatus").toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var in = process.getOutputStream()) {
            in.write(manifests.getBytes(StandardCharsets.UTF_8));
        }
        try (InputStream out = process.getInputStream()) {
            String text = new String(out.readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).isZero();
            // Without what it says about it, which is the condition's message.
            return text.replaceAll("(?m)^([^\\t]*\\t[^\\t]*)\\t.*$", "$1");
        }
    }

    /** {@code make test} puts Go on the PATH. */
    private static String go() {
        return Stream.concat(Stream.of(System.getenv("PATH").split(":", -1)), List.of("/usr/local/go/bin").stream())
                .map(folder -> Path.of(folder, "go"))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(
                        () -> new IllegalStateException("Go is missing: install 1.26 or newer, or run `make test`"))
                .toString();
    }
}
