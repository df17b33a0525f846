package io.paft.merge.journal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.ShardLayout;
import io.paft.merge.checkpoint.ShardLayout.Shard;
import io.paft.merge.files.FileEntry;
import io.paft.merge.files.FileTree;
import io.paft.merge.files.Listing;
import io.paft.merge.report.MergeReport;
import io.paft.merge.report.MergeStatistics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A checkpoint put together from the finished shards of all parts, and the report that belongs to it. */
public final class Assembly {
    private final Path model;
    private final String begun;
    private final MergeFacts facts;
    private final List<ShardRecord> records;
    private final List<FileEntry> sideFiles;
    private final List<ShardRecord.Tensor> tensors;
    private final MergeStatistics total;

    private Assembly(Path model, String begun, MergeFacts facts, List<ShardRecord> records, List<FileEntry> sideFiles) {
        this.model = model;
        this.begun = begun;
        this.facts = facts;
        this.records = records;
        this.sideFiles = sideFiles;
        this.tensors =
                records.stream().flatMap(record -> record.tensors().stream()).toList();
        this.total = MergeStatistics.empty(facts.reported().size());
        tensors.forEach(tensor -> total.add(tensor.statistics()));
    }

    /**
     * Gathers the parts, all of them from their journals on disk.
     *
     * @param work has the journals of all parts
     * @param model has the files
     * @throws MergeException InvalidParameter when parts are missing, not done, or of different merges
     * @throws IOException when the directory cannot be read
     */
    public static Assembly of(Path work, Path model) throws IOException {
        return of(work, model, Journal.all(work));
    }

    /**
     * The same of journals that were found there already.
     *
     * @param journals of all parts, in their order
     */
    static Assembly of(Path work, Path model, List<Journal> journals) throws IOException {
        if (journals.isEmpty()) {
            throw refuse(work + " has no parts of a merge: run RECIPE.yaml OUT_DIR --part I/N for each of them first");
        }
        Journal.Begun first = begun(journals.getFirst());
        String earliest = first.time();
        Map<String, ShardRecord> records = new TreeMap<>();
        Optional<List<FileEntry>> sideFiles = Optional.empty();
        for (Journal journal : journals) {
            Journal.Begun begun = begun(journal);
            begun.facts().difference(first.facts()).ifPresent(difference -> {
                throw refuse("the parts are of different merges: part " + journal.share() + " " + difference
                        + ", which is part " + journals.getFirst().share());
            });
            earliest = begun.time().compareTo(earliest) < 0 ? begun.time() : earliest;
            journal.shards().forEach(record -> records.put(record.entry().path(), record));
            sideFiles = sideFiles.isPresent() ? sideFiles : journal.sideFiles();
        }
        MergeFacts facts = first.facts();
        checkComplete(facts, journals, records, sideFiles.isPresent());
        return new Assembly(model, earliest, facts.whole(), List.copyOf(records.values()), sideFiles.orElse(List.of()));
    }

    private static Journal.Begun begun(Journal journal) throws IOException {
        Journal.Begun begun = journal.begun();
        if (begun == null) {
            throw refuse("part " + journal.share() + " was not begun");
        }
        return begun;
    }

    private static void checkComplete(
            MergeFacts facts, List<Journal> journals, Map<String, ShardRecord> records, boolean hasSideFiles) {
        int parts = facts.share().parts();
        List<Integer> there =
                journals.stream().map(journal -> journal.share().part()).toList();
        String absent = IntStream.rangeClosed(1, parts)
                .filter(part -> !there.contains(part))
                .mapToObj(part -> part + "/" + parts)
                .collect(Collectors.joining(", "));
        if (!absent.isEmpty()) {
            throw refuse("these parts are missing: " + absent + ". Run them with --part");
        }
        List<String> missing = IntStream.range(0, facts.shards())
                .mapToObj(index -> ShardLayout.name(index, facts.shards()))
                .filter(name -> !records.containsKey(name))
                .toList();
        if (!missing.isEmpty()) {
            throw refuse("the merge is not done, it lacks " + String.join(", ", missing)
                    + ": run the parts again with --resume");
        }
        if (!hasSideFiles) {
            throw refuse("part 1/" + parts
                    + " is not done, config.json and its like are missing: run it again with --resume");
        }
    }

    /**
     * Checks every file of the parts against its digest.
     *
     * @throws MergeException ModelInvalid with the first file that is missing or damaged
     */
    public void verify() throws IOException {
        for (FileEntry entry : parts()) {
            Optional<String> damage = Listing.problem(model, entry);
            if (damage.isPresent()) {
                throw new MergeException(
                        Reason.ModelInvalid,
                        model + ": " + damage.get() + ". Run the part that made it again with --resume.");
            }
        }
    }

    /** Writes the index, when there is more than one shard, and removes what interrupted attempts left. */
    public void finish() throws IOException {
        if (records.size() > 1) {
            FileTree.writeDurably(model.resolve(ShardLayout.INDEX), layout().index());
        }
        Set<String> written =
                records.stream().map(record -> record.entry().path()).collect(Collectors.toSet());
        try (Stream<Path> entries = Files.list(model)) {
            for (Path entry : entries.toList()) {
                String name = String.valueOf(entry.getFileName());
                if (name.endsWith(".safetensors.tmp") || (name.endsWith(".safetensors") && !written.contains(name))) {
                    Files.delete(entry);
                }
            }
        }
    }

    /** The files that the parts wrote, with their digests. */
    public List<FileEntry> parts() {
        return Stream.concat(records.stream().map(ShardRecord::entry), sideFiles.stream())
                .toList();
    }

    /** When the first part was begun, in RFC 3339. */
    public String begun() {
        return begun;
    }

    /** What was merged. */
    public MergeFacts facts() {
        return facts;
    }

    /** Every tensor, in the order of the model. */
    public List<ShardRecord.Tensor> tensors() {
        return tensors;
    }

    /** The number of elements of all tensors. */
    public long elements() {
        return tensors.stream().mapToLong(tensor -> tensor.shape().elements()).sum();
    }

    /** Statistics of the whole model: added in the order of the model, so that they do not depend on the parts. */
    public MergeStatistics total() {
        return total;
    }

    /** The content of merge-report.json. */
    public ObjectNode report() {
        List<MergeReport.Tensor> reported = tensors.stream()
                .map(tensor -> new MergeReport.Tensor(
                        tensor.name(),
                        tensor.shape().dimensions(),
                        tensor.dtype().name(),
                        tensor.statistics()))
                .toList();
        return MergeReport.of(facts.method(), facts.reported(), reported, total);
    }

    private ShardLayout layout() {
        return new ShardLayout(records.stream()
                .map(record -> new Shard(
                        record.entry().path(),
                        record.tensors().stream().map(ShardRecord.Tensor::info).toList()))
                .toList());
    }

    private static MergeException refuse(String what) {
        return new MergeException(Reason.InvalidParameter, what + ".");
    }
}
