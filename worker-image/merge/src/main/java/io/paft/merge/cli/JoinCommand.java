package io.paft.merge.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.files.Listing;
import io.paft.merge.files.OutputLock;
import io.paft.merge.journal.Adoption;
import io.paft.merge.journal.Assembly;
import io.paft.merge.journal.Journal;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes one checkpoint of the parts that {@code run --part} merged. */
final class JoinCommand {
    private final List<Path> parts;
    private final OutputDirectory directory;
    private final PrintStream out;

    /** Parts that have directories of their own; none when all of them worked for the output itself. */
    JoinCommand(List<Path> parts, Path output, PrintStream out) {
        this.parts = parts.stream().map(JoinCommand::work).toList();
        this.directory = new OutputDirectory(output);
        this.out = out;
    }

    private static Path work(Path part) {
        return Files.isDirectory(part.resolve(Journal.DIRECTORY)) ? part : new OutputDirectory(part).work();
    }

    int run() throws IOException {
        Optional<ObjectNode> manifest = directory.manifest();
        if (manifest.isPresent() && !Files.exists(directory.work()) && isOfTheParts(manifest.get())) {
            return alreadyJoined(manifest.get());
        }
        directory.checkFree();
        List<OutputLock> locks = new ArrayList<>();
        try {
            for (Path part : parts) {
                lock(part, locks);
                Files.createDirectories(directory.work().resolve(Journal.DIRECTORY));
                new Adoption(part, directory.work()).run();
            }
            lock(directory.work(), locks);
            Assembly assembly = Assembly.of(directory.work(), directory.work());
            assembly.verify();
            assembly.finish();
            ObjectNode made = directory.commit(assembly, assembly.report());
            out.println("joined " + assembly.tensors().size() + " tensors in "
                    + assembly.facts().shards() + (assembly.facts().shards() == 1 ? " shard, " : " shards, ")
                    + Sizes.format(made.path("bytes").asLong()) + ", into " + directory.output());
            return 0;
        } finally {
            for (OutputLock lock : locks) {
                lock.close();
            }
        }
    }

    /** True when the output is the merge that every part belongs to; the parts of an output itself are gone by then. */
    private boolean isOfTheParts(ObjectNode manifest) throws IOException {
        String made = manifest.path("merge").asText();
        boolean same = true;
        for (Path part : parts) {
            for (Journal journal : Adoption.parts(part)) {
                same &= journal.facts()
                        .map(facts -> facts.digest().equals(made))
                        .orElse(false);
            }
        }
        return same;
    }

    /** So that a pod that was killed after its work can be started again. */
    private int alreadyJoined(ObjectNode manifest) throws IOException {
        Listing.problem(directory.output(), manifest).ifPresent(problem -> {
            throw new MergeException(
                    Reason.ModelInvalid, directory.output() + " is joined already, but " + problem + ".");
        });
        out.println(directory.output() + " is joined already; every file was verified");
        return 0;
    }

    /** Takes the locks of all parts in a directory, so that none is still at work. */
    private static void lock(Path work, List<OutputLock> locks) throws IOException {
        for (Journal journal : Journal.all(work)) {
            locks.add(OutputLock.tryTake(journal.lockFile())
                    .orElseThrow(() -> new MergeException(
                            Reason.InvalidParameter,
                            "part " + journal.share() + " is still at work in " + work + ": join when it is done.")));
        }
    }
}
