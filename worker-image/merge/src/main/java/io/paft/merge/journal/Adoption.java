package io.paft.merge.journal;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.files.FileEntry;
import io.paft.merge.files.FileTree;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Brings parts that were merged in directories of their own into one. Files are linked where both are on one file system,
 * else copied; the source stays as it is, so an interrupted adoption can be repeated.
 */
public final class Adoption {
    private final Path from;
    private final Path to;

    /**
     * An adoption.
     *
     * @param from has the journal and the files of one or more parts
     * @param to gets them
     */
    public Adoption(Path from, Path to) {
        this.from = from;
        this.to = to;
    }

    /**
     * Does it.
     *
     * @throws MergeException InvalidParameter when there are no parts, ModelInvalid when a file of one is missing
     * @throws IOException when a file cannot be read or written
     */
    public void run() throws IOException {
        for (Journal journal : parts(from)) {
            adopt(journal, Journal.of(to, journal.share()));
        }
    }

    /**
     * The parts that a directory has.
     *
     * @throws MergeException InvalidParameter when there are none
     * @throws IOException when the directory cannot be read
     */
    public static List<Journal> parts(Path directory) throws IOException {
        List<Journal> journals = Journal.all(directory);
        if (journals.isEmpty()) {
            throw new MergeException(
                    Reason.InvalidParameter, directory + " has no part of a merge: name the OUT_DIR of a run --part.");
        }
        return journals;
    }

    private void adopt(Journal source, Journal target) throws IOException {
        Journal.Begun begun = source.begun();
        if (begun == null) {
            return;
        }
        if (!begun.equals(target.begun())) {
            target.begin(begun);
        }
        List<FileEntry> done = new ArrayList<>();
        target.shards().forEach(record -> done.add(record.entry()));
        for (ShardRecord record : source.shards()) {
            if (!done.contains(record.entry())) {
                bring(record.entry());
                target.add(record);
            }
        }
        Optional<List<FileEntry>> sideFiles = source.sideFiles();
        if (sideFiles.isPresent()) {
            for (FileEntry entry : sideFiles.get()) {
                bring(entry);
            }
            target.sideFiles(sideFiles.get());
        }
    }

    private void bring(FileEntry entry) throws IOException {
        Path source = from.resolve(entry.path());
        if (!Files.isRegularFile(source)) {
            throw new MergeException(
                    Reason.ModelInvalid,
                    from + ": " + entry.path() + " is missing. Run the part that made it again with --resume.");
        }
        Path target = to.resolve(entry.path());
        Path unfinished = target.resolveSibling(target.getFileName() + ".tmp");
        Files.createDirectories(unfinished.toAbsolutePath().getParent());
        Files.deleteIfExists(unfinished);
        try {
            Files.createLink(unfinished, source);
        } catch (FileAlreadyExistsException e) {
            throw e;
        } catch (IOException | UnsupportedOperationException e) {
            Files.copy(source, unfinished, StandardCopyOption.REPLACE_EXISTING);
            FileTree.syncOne(unfinished);
        }
        FileTree.rename(unfinished, target);
        // Where both are links to one file already, renaming does nothing.
        Files.deleteIfExists(unfinished);
    }
}
