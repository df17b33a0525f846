package io.paft.merge.stage;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.MergeException;
import io.paft.merge.files.FileTree;
import io.paft.merge.files.Listing;
import io.paft.merge.journal.Journal;
import io.paft.merge.journal.Share;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/** The output directory of a stage: what is there already, where to work, and how it becomes complete. */
final class StageOutput {
    private final StageDocument stage;
    private final Consumer<String> log;

    StageOutput(StageDocument stage, Consumer<String> log) {
        this.stage = stage;
        this.log = log;
    }

    /** The lock file beside the output. */
    Path lockFile() {
        return beside(".lock");
    }

    /**
     * The manifest of a complete and intact output. A damaged one is moved aside, an unfinished one removed.
     *
     * @throws IOException when the workspace cannot be read or written
     */
    Optional<JsonNode> reusable() throws IOException {
        if (!Files.exists(stage.output())) {
            return Optional.empty();
        }
        Path file = stage.output().resolve(Listing.MANIFEST);
        if (!Files.exists(file) && Files.isDirectory(stage.output().resolve(Journal.DIRECTORY))) {
            // Killed between the name and the manifest: all the work is there.
            FileTree.delete(beside(".tmp"));
            Files.deleteIfExists(stage.output().resolve(Listing.MANIFEST + ".tmp"));
            FileTree.rename(stage.output(), beside(".tmp"));
            return Optional.empty();
        }
        if (!Files.exists(file)) {
            log.accept("the existing output has no manifest, so it was never finished: removed, working again");
            FileTree.delete(stage.output());
            return Optional.empty();
        }
        Optional<String> problem;
        JsonNode manifest = Json.object();
        try {
            manifest = Json.MAPPER.readTree(Files.readAllBytes(file));
            problem = problem(manifest);
        } catch (JsonProcessingException e) {
            problem = Optional.of("manifest.json cannot be read: " + e.getOriginalMessage());
        }
        if (problem.isEmpty()) {
            FileTree.delete(stage.output().resolve(Journal.DIRECTORY));
            return Optional.of(manifest);
        }
        Path aside = beside(".corrupt-" + Instant.now().getEpochSecond());
        log.accept("the existing output is damaged (" + problem.get() + "): moved to " + stage.display(aside)
                + ", working again");
        FileTree.rename(stage.output(), aside);
        return Optional.empty();
    }

    private Optional<String> problem(JsonNode manifest) throws IOException {
        boolean ours = manifest.path("kind").asText().equals("StageManifest")
                && manifest.path("key").asText().equals(stage.key());
        return ours ? Listing.problem(stage.output(), manifest) : Optional.of("the manifest is of another stage");
    }

    /** The directory to work in: empty, or with finished shards of an attempt before. */
    Path start() throws IOException {
        Path work = beside(".tmp");
        if (finished() == 0) {
            discard();
        }
        return Files.createDirectories(work);
    }

    /** The number of finished shards in the directory to work in. */
    int finished() throws IOException {
        try {
            return Journal.of(beside(".tmp"), Share.WHOLE).shards().size();
        } catch (MergeException e) {
            log.accept("what an attempt before left cannot be used: " + e.sentence());
            return 0;
        }
    }

    /** Removes the directory to work in. */
    void discard() throws IOException {
        FileTree.delete(beside(".tmp"));
    }

    /** Makes the work durable and gives it its name; the manifest, last, makes it complete. */
    void commit(ObjectNode manifest) throws IOException {
        Path work = beside(".tmp");
        FileTree.sync(work);
        FileTree.rename(work, stage.output());
        FileTree.writeDurably(stage.output().resolve(Listing.MANIFEST), Json.pretty(manifest));
        FileTree.delete(stage.output().resolve(Journal.DIRECTORY));
    }

    private Path beside(String suffix) {
        return stage.output().resolveSibling(stage.output().getFileName() + suffix);
    }
}
