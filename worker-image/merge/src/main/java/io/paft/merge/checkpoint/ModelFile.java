package io.paft.merge.checkpoint;

import io.paft.merge.files.FileState;
import io.paft.merge.safetensors.Header;
import java.nio.file.Path;

/**
 * A file of weights that is mapped into memory.
 *
 * @param path where it lies
 * @param display what to call it in messages
 * @param header what it said when it was opened
 * @param state what it looked like then
 */
public record ModelFile(Path path, String display, Header header, FileState state) {
    /** The size that it had when it was opened, in bytes. */
    public long size() {
        return header.dataStart()
                + (header.tensors().isEmpty() ? 0 : header.tensors().getLast().end());
    }
}
