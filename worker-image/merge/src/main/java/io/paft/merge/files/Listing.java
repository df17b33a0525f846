package io.paft.merge.files;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The part of a manifest that lists files: writing it, and checking a directory against it. */
public final class Listing {
    /** The name of a manifest in its directory. */
    public static final String MANIFEST = "manifest.json";

    private Listing() {}

    /** Puts {@code files}, {@code digest} and {@code bytes} into a manifest. */
    public static void write(ObjectNode manifest, List<FileEntry> entries) {
        var files = manifest.putArray("files");
        for (FileEntry entry : entries) {
            files.addObject()
                    .put("path", entry.path())
                    .put("size", entry.size())
                    .put("sha256", entry.sha256());
        }
        manifest.put("digest", Hashes.of(entries));
        manifest.put("bytes", entries.stream().mapToLong(FileEntry::size).sum());
    }

    /**
     * Checks that every file listed is there with its size and digest.
     *
     * @return what is wrong first; empty when nothing is
     * @throws IOException when a file cannot be read
     */
    public static Optional<String> problem(Path directory, JsonNode manifest) throws IOException {
        return problems(directory, manifest).stream().findFirst();
    }

    /** The same with everything that is wrong. */
    public static List<String> problems(Path directory, JsonNode manifest) throws IOException {
        if (!manifest.path("files").isArray()) {
            return List.of("the manifest lists no files");
        }
        List<String> problems = new ArrayList<>();
        List<FileEntry> listed = new ArrayList<>();
        for (JsonNode item : manifest.path("files")) {
            if (!item.path("path").isTextual()
                    || !item.path("size").isIntegralNumber()
                    || !item.path("sha256").isTextual()) {
                problems.add("the manifest lists a file without path, size or sha256");
                continue;
            }
            FileEntry entry = new FileEntry(
                    item.path("path").asText(),
                    item.path("size").asLong(),
                    item.path("sha256").asText());
            listed.add(entry);
            problem(directory, entry).ifPresent(problems::add);
        }
        if (problems.isEmpty() && !manifest.path("digest").asText().equals(Hashes.of(listed))) {
            problems.add("the digest does not belong to the files");
        }
        return problems;
    }

    /** What is wrong with a file; empty when it has its size and digest. */
    public static Optional<String> problem(Path directory, FileEntry entry) throws IOException {
        Path file = directory.resolve(entry.path()).normalize();
        if (!file.startsWith(directory.normalize()) || !Files.isRegularFile(file)) {
            return Optional.of(entry.path() + " is missing");
        }
        if (Files.size(file) != entry.size()) {
            return Optional.of(entry.path() + " has " + Files.size(file) + " bytes instead of " + entry.size());
        }
        return Hashes.sha256(file).equals(entry.sha256())
                ? Optional.empty()
                : Optional.of(entry.path() + " has another sha256");
    }
}
