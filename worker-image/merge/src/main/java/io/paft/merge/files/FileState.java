package io.paft.merge.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;

/**
 * What a file looks like from outside: when two of these are equal, nobody has written to the file in between.
 *
 * @param size in bytes
 * @param modified when it was last written to
 */
public record FileState(long size, FileTime modified) {
    /** How it is now; throws when it is not there. */
    public static FileState of(Path file) throws IOException {
        var attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return new FileState(attributes.size(), attributes.lastModifiedTime());
    }
}
