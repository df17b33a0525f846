package io.paft.merge.stage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.Version;
import io.paft.merge.files.FileEntry;
import io.paft.merge.files.FileTree;
import io.paft.merge.files.Hashes;
import io.paft.merge.files.InputReads;
import io.paft.merge.files.Listing;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;

/** The manifest of a finished merge stage. */
final class StageManifest {
    private StageManifest() {}

    /**
     * What a stage hands back to be recorded.
     *
     * @param message one sentence for a person
     * @param resolved parameters with every default
     * @param metrics numbers by name
     * @param files of the output
     */
    record Result(String message, ObjectNode resolved, ObjectNode metrics, List<FileEntry> files) {
        Result {
            files = List.copyOf(files);
        }
    }

    /**
     * Builds it.
     *
     * @throws IOException when an input from outside cannot be read for its digest
     */
    static ObjectNode build(StageDocument stage, Result result, Instant start) throws IOException {
        ObjectNode manifest = Json.object();
        manifest.put("apiVersion", StageDocument.API_VERSION);
        manifest.put("kind", "StageManifest");
        manifest.put("node", stage.node());
        manifest.put("stage", StageDocument.KIND);
        manifest.put("key", stage.key());
        manifest.set("parameters", stage.parameters());
        manifest.set("inputs", inputs(stage));
        manifest.set("resolved", result.resolved());
        Listing.write(manifest, result.files());
        manifest.putObject("versions")
                .put("paft-merge", Version.current())
                .put("java", Runtime.version().toString());
        manifest.put("startTime", start.truncatedTo(ChronoUnit.SECONDS).toString());
        manifest.put(
                "completionTime", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        manifest.set("metrics", result.metrics());
        return manifest;
    }

    private static ObjectNode inputs(StageDocument stage) throws IOException {
        ObjectNode inputs = stage.askedInputs().deepCopy();
        for (Map.Entry<String, StageInput> entry : stage.inputs().entrySet()) {
            if (entry.getValue().isExternal() && inputs.path(entry.getKey()) instanceof ObjectNode asked) {
                Path path = entry.getValue().path();
                asked.put("digest", Hashes.of(InputReads.of(() -> FileTree.entries(path))));
            }
        }
        return inputs;
    }
}
