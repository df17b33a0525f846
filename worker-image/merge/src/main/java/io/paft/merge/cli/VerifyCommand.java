package io.paft.merge.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.Failures;
import io.paft.merge.Json;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.Checkpoint;
import io.paft.merge.checkpoint.Weights.Stored;
import io.paft.merge.files.InputReads;
import io.paft.merge.files.Listing;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Checks an output that is said to be complete, and lists everything that is wrong with it. */
final class VerifyCommand {
    private static final int CHUNK = 1 << 16;

    private final Path directory;
    private final PrintStream out;
    private final List<String> problems = new ArrayList<>();
    private long elements;
    private long nonFinite;

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
        problems.addAll(InputReads.of(() -> Listing.problems(directory, manifest)));
        int tensors = checkTensors();
        if (problems.isEmpty()) {
            out.println("good: " + manifest.path("files").size() + " files with the digest "
                    + manifest.path("digest").asText() + "; " + tensors + " tensors, " + elements + " elements, "
                    + (nonFinite == 0 ? "all finite" : nonFinite + " not finite, as merge-report.json says"));
            return 0;
        }
        problems.forEach(problem -> out.println("bad: " + problem));
        throw new MergeException(
                Reason.ModelInvalid,
                directory + " has " + problems.size() + (problems.size() == 1 ? " problem" : " problems")
                        + ": merge it again.");
    }

    /** Headers, index, and every tensor against the report. Returns the number of tensors. */
    private int checkTensors() {
        Map<String, JsonNode> expected = reported();
        Path model = Files.isDirectory(directory.resolve("model")) ? directory.resolve("model") : directory;
        try (Arena arena = Arena.ofConfined()) {
            Checkpoint checkpoint = Checkpoint.open(model, model.toString(), arena);
            for (String name : checkpoint.tensorNames()) {
                Stored stored = checkpoint.find(name);
                JsonNode said = expected.remove(name);
                if (stored == null) {
                    continue;
                }
                elements += stored.shape().elements();
                checkShape(name, stored, said);
                checkFinite(name, stored, said);
            }
            expected.keySet().forEach(name -> problems.add("tensor " + name + " is missing, merge-report.json has it"));
            return checkpoint.tensorNames().size();
        } catch (MergeException e) {
            problems.add(e.sentence());
            return 0;
        }
    }

    /** What merge-report.json says of each tensor; nothing when there is no report, which is a problem of its own. */
    private Map<String, JsonNode> reported() {
        Map<String, JsonNode> tensors = new TreeMap<>();
        Path file = directory.resolve("merge-report.json");
        if (!Files.isRegularFile(file)) {
            problems.add("merge-report.json is missing");
            return tensors;
        }
        try {
            Json.readObject(file, file.toString())
                    .path("tensors")
                    .forEach(tensor -> tensors.put(tensor.path("name").asText(), tensor));
        } catch (MergeException e) {
            problems.add(e.sentence());
        }
        return tensors;
    }

    private void checkShape(String name, Stored stored, @Nullable JsonNode said) {
        if (said == null) {
            problems.add("tensor " + name + " is not in merge-report.json");
            return;
        }
        List<Long> shape = new ArrayList<>();
        said.path("shape").forEach(size -> shape.add(size.asLong()));
        String dtype = said.path("dtype").asText();
        if (!stored.shape().dimensions().equals(shape) || !stored.dtype().name().equals(dtype)) {
            problems.add("tensor " + name + " is " + stored.dtype() + " " + stored.shape()
                    + ", but merge-report.json says " + dtype + " " + shape);
        }
    }

    private void checkFinite(String name, Stored stored, @Nullable JsonNode said) {
        if (!stored.dtype().isArithmetic()) {
            return;
        }
        float[] values = new float[CHUNK];
        long count = stored.shape().elements();
        long found = 0;
        String first = "";
        try {
            for (long start = 0; start < count; start += CHUNK) {
                int some = (int) Math.min(CHUNK, count - start);
                stored.read(start, some, values);
                for (int i = 0; i < some; i++) {
                    if (!Float.isFinite(values[i])) {
                        first = found == 0 ? "element " + (start + i) + " is " + values[i] : first;
                        found++;
                    }
                }
            }
        } catch (InternalError e) {
            throw Failures.mapFault(e, name);
        }
        long allowed = said == null ? 0 : said.path("nonFinite").path("result").asLong();
        nonFinite += found;
        if (found != allowed) {
            problems.add("tensor " + name + ": " + (found == 0 ? "every element is finite" : first) + "; " + found
                    + " are not finite, merge-report.json says " + allowed);
        }
    }
}
