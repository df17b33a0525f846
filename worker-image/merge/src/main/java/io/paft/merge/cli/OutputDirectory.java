package io.paft.merge.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.Version;
import io.paft.merge.files.FileEntry;
import io.paft.merge.files.FileTree;
import io.paft.merge.files.Listing;
import io.paft.merge.files.NamedWrites;
import io.paft.merge.files.OutputLock;
import io.paft.merge.journal.Assembly;
import io.paft.merge.journal.Journal;
import io.paft.merge.journal.MergeFacts;
import io.paft.merge.journal.Share;
import io.paft.merge.report.MergeReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** OUT_DIR: a merge works in OUT_DIR.tmp, which gets the name when it is complete. */
final class OutputDirectory {
    private static final String REPORT = "merge-report.json";

    private final Path output;
    private final Path work;

    OutputDirectory(Path output) {
        this.output = output.toAbsolutePath().normalize();
        this.work = this.output.resolveSibling(this.output.getFileName() + ".tmp");
    }

    /** The directory to create. */
    Path output() {
        return output;
    }

    /** The directory to work in. */
    Path work() {
        return work;
    }

    /**
     * Refuses an output that is there and is not an empty directory.
     *
     * @throws MergeException InvalidParameter
     */
    void checkFree() throws IOException {
        if (Files.exists(output) && !(Files.isDirectory(output) && isEmpty(output))) {
            throw new MergeException(
                    Reason.InvalidParameter,
                    output + " exists and is not an empty directory: choose another, or remove it.");
        }
    }

    /** The manifest of an output that is complete; empty when there is none. */
    Optional<ObjectNode> manifest() {
        Path file = output.resolve(Listing.MANIFEST);
        return Files.isRegularFile(file) ? Optional.of(Json.readObject(file, file.toString())) : Optional.empty();
    }

    /** True when the report of a complete output counts NaN or infinite values. */
    boolean hasNonFinite() {
        Path report = output.resolve(REPORT);
        return Json.readObject(report, report.toString()).path("model").has("nonFinite");
    }

    /**
     * Takes the work directory for one part; created when it is not there.
     *
     * @throws MergeException InvalidParameter when another process works on the part, or the directory is not a merge's
     */
    OutputLock lock(Share share) throws IOException {
        if (Files.isDirectory(work) && !Files.isDirectory(work.resolve(Journal.DIRECTORY)) && !isEmpty(work)) {
            throw new MergeException(
                    Reason.InvalidParameter,
                    work + " is in the way, and is not the work directory of a merge that can go on: remove it.");
        }
        Files.createDirectories(work.resolve(Journal.DIRECTORY));
        return OutputLock.tryTake(Journal.of(work, share).lockFile())
                .orElseThrow(() -> new MergeException(
                        Reason.InvalidParameter,
                        "another process merges " + (share.isWhole() ? "" : "part " + share + " ") + "in " + work
                                + ": wait for it, or stop it."));
    }

    /** Removes what is there of a part that finished nothing. */
    void discard(Share share) throws IOException {
        boolean alone =
                Journal.all(work).stream().allMatch(journal -> journal.share().equals(share));
        if (share.isWhole() && alone) {
            FileTree.delete(work);
        } else {
            // Parts of it may be finished, or at work.
            Journal.of(work, share).delete();
        }
    }

    /**
     * Adds report and manifest to a complete checkpoint and gives it its name; a kill in between loses nothing.
     *
     * @param report of the assembly
     */
    ObjectNode commit(Assembly assembly, ObjectNode report) throws IOException {
        // Of a commit that was killed: it is no part of the output that it describes.
        Files.deleteIfExists(work.resolve(Listing.MANIFEST));
        NamedWrites.write(work.resolve(REPORT), MergeReport.encode(report));
        List<FileEntry> entries = FileTree.entries(work, assembly.parts(), Journal.DIRECTORY);
        ObjectNode manifest = manifest(assembly, entries);
        NamedWrites.write(work.resolve(Listing.MANIFEST), Json.pretty(manifest));
        FileTree.sync(work);
        Files.deleteIfExists(output);
        FileTree.rename(work, output);
        FileTree.delete(output.resolve(Journal.DIRECTORY));
        return manifest;
    }

    private static ObjectNode manifest(Assembly assembly, List<FileEntry> entries) {
        MergeFacts facts = assembly.facts();
        ObjectNode manifest = Json.object();
        manifest.put("kind", "MergeManifest");
        Listing.write(manifest, entries);
        manifest.putObject("versions")
                .put("paft-merge", Version.current())
                .put("java", Runtime.version().toString());
        manifest.put("seed", facts.seed());
        manifest.put("merge", facts.digest());
        manifest.put("startTime", assembly.begun());
        manifest.put("completionTime", Instant.now().toString());
        return manifest;
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.findAny().isEmpty();
        }
    }
}
