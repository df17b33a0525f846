package io.paft.merge.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What is done with whole directories. */
public final class FileTree {
    /** By code point, as Python sorts; Java's own order of strings differs outside the basic plane. */
    private static final Comparator<String> BY_CODE_POINT =
            Comparator.comparing(path -> path.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

    private FileTree() {}

    /**
     * All regular files below a directory, sorted by path; a single file is an entry named after itself.
     *
     * @throws IOException when one cannot be read
     */
    public static List<FileEntry> entries(Path directory) throws IOException {
        return entries(directory, List.of(), null);
    }

    /**
     * The same without reading files whose entries are known.
     *
     * @param known entries of some of the files
     * @param without a directory whose files do not count, relative; or null
     */
    public static List<FileEntry> entries(Path given, List<FileEntry> known, @Nullable String without)
            throws IOException {
        if (Files.isRegularFile(given)) {
            String name = String.valueOf(given.getFileName());
            return List.of(new FileEntry(name, Files.size(given), Hashes.sha256(given)));
        }
        // A link to a directory is that directory; links inside of it are what they are.
        Path directory = given.toRealPath();
        List<String> paths = files(directory).stream()
                .filter(file -> without == null || !file.startsWith(directory.resolve(without)))
                .map(file -> directory.relativize(file).toString())
                .sorted(BY_CODE_POINT)
                .toList();
        Map<String, FileEntry> byPath = new HashMap<>();
        known.forEach(entry -> byPath.put(entry.path(), entry));
        List<FileEntry> entries = new ArrayList<>();
        for (String path : paths) {
            Path file = directory.resolve(path);
            FileEntry found = byPath.get(path);
            entries.add(found != null ? found : new FileEntry(path, Files.size(file), Hashes.sha256(file)));
        }
        return entries;
    }

    /** All regular files below a directory, in no order. */
    public static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> walk = Files.walk(directory)) {
            return walk.filter(Files::isRegularFile).toList();
        }
    }

    /** Makes every file and directory below a directory, and itself, durable. */
    public static void sync(Path directory) throws IOException {
        List<Path> all;
        try (Stream<Path> walk = Files.walk(directory)) {
            all = walk.toList();
        }
        for (Path path : all) {
            syncOne(path);
        }
    }

    /** Makes one file, or the names in one directory, durable. */
    public static void syncOne(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Renames durably; the target must not exist. */
    public static void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        syncParent(to);
    }

    /** Writes a file so that it appears complete or not at all. */
    public static void writeDurably(Path file, byte[] content) throws IOException {
        Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
        NamedWrites.write(temporary, content);
        syncOne(temporary);
        rename(temporary, file);
    }

    /** Removes a directory and everything below it; nothing happens when it is not there. Links are not followed. */
    public static void delete(Path directory) throws IOException {
        if (!Files.exists(directory, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> walk = Files.walk(directory)) {
            all = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : all) {
            Files.deleteIfExists(path);
        }
    }

    private static void syncParent(Path path) throws IOException {
        Path parent = path.toAbsolutePath().getParent();
        if (parent != null) {
            syncOne(parent);
        }
    }
}
