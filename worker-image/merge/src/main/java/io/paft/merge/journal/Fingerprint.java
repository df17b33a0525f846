package io.paft.merge.journal;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.ModelFile;
import io.paft.merge.files.Hashes;
import io.paft.merge.safetensors.TensorInfo;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * Tells one version of a model's file from another without reading all of it: its size, its header, and a page from the
 * middle of every tensor. A model that was trained again has the same header, but other values in those pages.
 */
final class Fingerprint {
    private static final int SAMPLE = 4096;

    private Fingerprint() {}

    /**
     * The fingerprint of a file that is open.
     *
     * @throws IOException when it cannot be read
     * @throws MergeException ModelInvalid when it became shorter since
     */
    static MergeFacts.Input of(ModelFile file) throws IOException {
        MessageDigest samples = Hashes.digest();
        try (FileChannel channel = FileChannel.open(file.path(), StandardOpenOption.READ)) {
            MessageDigest header = Hashes.digest();
            long start = file.header().dataStart();
            for (long at = 0; at < start; at += SAMPLE) {
                header.update(read(channel, at, Math.min(SAMPLE, start - at), file));
            }
            for (TensorInfo tensor : file.header().tensors()) {
                long count = Math.min(SAMPLE, tensor.bytes());
                samples.update(read(channel, start + tensor.begin() + (tensor.bytes() - count) / 2, count, file));
            }
            return new MergeFacts.Input(file.display(), file.size(), hex(header), hex(samples));
        }
    }

    private static byte[] read(FileChannel channel, long position, long count, ModelFile file) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(count));
        while (buffer.hasRemaining()) {
            int read = channel.read(buffer, position + buffer.position());
            if (read < 0) {
                throw new MergeException(
                        Reason.ModelInvalid,
                        file.display() + ", offset " + (position + buffer.position())
                                + ": the file ends here: it became shorter while it was read.");
            }
        }
        return buffer.array();
    }

    private static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }
}
