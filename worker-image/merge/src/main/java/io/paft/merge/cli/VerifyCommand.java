package io.paft.merge.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Json;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.Checkpoint;
import io.paft.merge.checkpoint.Weights.Stored;
import io.paft.merge.files.Listing;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;

/** Checks an output that is said to be complete. */
final class VerifyCommand {
    private static final int CHUNK = 1 << 16;

    private final Path directory;
    private final PrintStream out;

    VerifyCommand(Path directory, PrintStream out) {
        this.directory = directory;
        this.out = out;
    }

    int run() throws IOException {
        Path file = directory.resolve(Listing.MANIFEST);
        if (!Files.isRegularFile(file)) {
            throw new MergeException(
                    Reason.ModelNotFound, directory + " has no manifest.json: it is not a complete output.");
        }
        ObjectNode manifest = Json.readObject(file, file.toString());
        Listing.problem(directory, manifest).ifPresent(problem -> {
            throw new MergeException(Reason.ModelInvalid, directory + ": " + problem + ".");
        });
        Path model = Files.isDirectory(directory.resolve("model")) ? directory.resolve("model") : directory;
        long elements = 0;
        try (Arena arena = Arena.ofConfined()) {
            Checkpoint checkpoint = Checkpoint.open(model, model.toString(), arena);
            for (String name : checkpoint.tensorNames()) {
                Stored stored = checkpoint.find(name);
                if (stored != null) {
                    checkFinite(name, stored);
                    elements += stored.shape().elements();
                }
            }
            out.println("good: " + manifest.path("files").size() + " files with the digest "
                    + manifest.path("digest").asText() + "; "
                    + checkpoint.tensorNames().size() + " tensors, "
                    + elements + " elements, all finite");
        }
        return 0;
    }

    private static void checkFinite(String name, Stored stored) {
        if (!stored.dtype().isArithmetic()) {
            return;
        }
        float[] values = new float[CHUNK];
        long elements = stored.shape().elements();
        for (long start = 0; start < elements; start += CHUNK) {
            int count = (int) Math.min(CHUNK, elements - start);
            stored.read(start, count, values);
            for (int i = 0; i < count; i++) {
                if (!Float.isFinite(values[i])) {
                    throw new MergeException(
                            Reason.ModelInvalid,
                            "tensor " + name + ": element " + (start + i) + " is " + values[i] + ".");
                }
            }
        }
    }
}
