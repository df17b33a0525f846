package io.paft.merge.journal;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.files.FileEntry;
import io.paft.merge.files.FileTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The journal of one part of a merge, in the directory where the merge works: what the merge is, and one record for each
 * finished shard. Every file of it appears whole or not at all, so a kill at any moment leaves a journal that is true.
 * Several threads may add to it.
 */
public final class Journal {
    /** The directory of journals inside the directory of a merge. */
    public static final String DIRECTORY = ".paft-merge";

    private static final String FACTS = "merge.json";
    private static final String SIDE_FILES = "side-files.json";
    private static final String SHARD = ".shard.json";

    private final Path directory;
    private final Share share;

    /**
     * What was written through this object, by file: parsing it again takes far longer than a look whether it is there.
     * What others wrote is never in it. Empty for a part of several, which another process puts together: it would be held
     * for nothing.
     */
    private final Map<String, Object> written = new ConcurrentHashMap<>();

    private Journal(Path directory, Share share) {
        this.directory = directory;
        this.share = share;
    }

    /** The journal of a part of the merge that works in a directory. */
    public static Journal of(Path work, Share share) {
        return new Journal(work.resolve(DIRECTORY).resolve(share.fileName()), share);
    }

    /**
     * The journals of all parts that were begun in a directory.
     *
     * @throws IOException when the directory cannot be read
     */
    public static List<Journal> all(Path work) throws IOException {
        Path root = work.resolve(DIRECTORY);
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        List<Journal> found = new ArrayList<>();
        try (Stream<Path> entries = Files.list(root)) {
            for (Path entry : entries.sorted().toList()) {
                Share share = Share.ofFileName(String.valueOf(entry.getFileName()));
                if (share != null && Files.isRegularFile(entry.resolve(FACTS))) {
                    found.add(new Journal(entry, share));
                }
            }
        }
        return found;
    }

    /** The file to lock while working on this part. */
    public Path lockFile() {
        return directory.resolveSibling(directory.getFileName() + ".lock");
    }

    /** The part. */
    public Share share() {
        return share;
    }

    /** When the merge was begun, and what it is. */
    record Begun(String time, MergeFacts facts) {}

    /** Files beside the weights that are written and durable. */
    private record SideFileRecord(List<FileEntry> entries) {}

    /**
     * What was begun here; null when nothing was.
     *
     * @throws MergeException WorkspaceInvalid when the record cannot be read
     */
    @Nullable
    Begun begun() throws IOException {
        return read(FACTS, Begun.class);
    }

    /** The merge that the part belongs to; empty when nothing was begun. Throws as {@link #begun}. */
    public Optional<MergeFacts> facts() throws IOException {
        return Optional.ofNullable(begun()).map(Begun::facts);
    }

    /** Begins: forgets what was there. */
    void begin(Begun begun) throws IOException {
        written.clear();
        FileTree.delete(directory);
        Files.createDirectories(directory);
        write(FACTS, begun);
    }

    /** The finished shards; throws as {@link #begun}. */
    public List<ShardRecord> shards() throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        List<ShardRecord> records = new ArrayList<>();
        try (Stream<Path> entries = Files.list(directory)) {
            for (Path entry : entries.sorted().toList()) {
                String name = String.valueOf(entry.getFileName());
                if (name.endsWith(SHARD)) {
                    ShardRecord found = read(name, ShardRecord.class);
                    if (found != null) {
                        records.add(found);
                    }
                }
            }
        }
        return records;
    }

    /** Records a shard, which is durable and has its name. */
    void add(ShardRecord record) throws IOException {
        write(record.entry().path() + SHARD, record);
    }

    /** Forgets a shard that turned out damaged. */
    void remove(ShardRecord record) throws IOException {
        String name = record.entry().path() + SHARD;
        written.remove(name);
        Files.deleteIfExists(directory.resolve(name));
    }

    /** The files beside the weights; empty while they are not written. */
    Optional<List<FileEntry>> sideFiles() throws IOException {
        return Optional.ofNullable(read(SIDE_FILES, SideFileRecord.class)).map(SideFileRecord::entries);
    }

    /** Records the files beside the weights, which are durable. */
    void sideFiles(List<FileEntry> entries) throws IOException {
        write(SIDE_FILES, new SideFileRecord(entries));
    }

    /** Removes this journal. */
    public void delete() throws IOException {
        written.clear();
        FileTree.delete(directory);
    }

    private void write(String name, Object value) throws IOException {
        FileTree.writeDurably(directory.resolve(name), JournalJson.write(value));
        if (share.isWhole()) {
            written.put(name, value);
        }
    }

    private <T> @Nullable T read(String name, Class<T> type) throws IOException {
        Path file = directory.resolve(name);
        if (!Files.isRegularFile(file)) {
            return null;
        }
        Object known = written.get(name);
        if (known != null) {
            return type.cast(known);
        }
        byte[] json = Files.readAllBytes(file);
        try {
            return JournalJson.read(json, type);
        } catch (IOException e) {
            throw new MergeException(
                    Reason.InvalidParameter,
                    file + " is not a record of this version of the program (" + e.getMessage()
                            + "): remove the directory that it is in to begin again.",
                    e);
        }
    }
}
