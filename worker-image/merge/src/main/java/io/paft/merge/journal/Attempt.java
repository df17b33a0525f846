package io.paft.merge.journal;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.ShardLayout.Shard;
import io.paft.merge.files.FileEntry;
import io.paft.merge.files.FileTree;
import io.paft.merge.files.Hashes;
import io.paft.merge.files.Listing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** One attempt at a part of a merge: what is finished already and intact, and what is left to do. */
public final class Attempt {
    private final Work work;
    private final Journal journal;
    private final List<Shard> shards;
    private final List<ShardRecord> kept;

    private Attempt(Work work, Journal journal, List<Shard> shards, List<ShardRecord> kept) {
        this.work = work;
        this.journal = journal;
        this.shards = List.copyOf(shards);
        this.kept = List.copyOf(kept);
    }

    /**
     * Begins, or goes on: checks that what is there is of the same merge, and the digest of every finished shard. A
     * damaged shard is forgotten, so that it is merged again.
     *
     * @param shards those of this part
     * @throws MergeException InvalidParameter when finished shards are there and must not be, or are of another merge
     * @throws IOException when the directory cannot be read or written
     */
    public static Attempt begin(Work work, MergeFacts facts, List<Shard> shards) throws IOException {
        checkOtherParts(work, facts);
        Journal journal = work.journal();
        if (mayKeep(work, journal, facts)) {
            return new Attempt(work, journal, shards, intact(work, journal));
        }
        if (work.existing() == Work.Existing.RESUME_OR_BEGIN && !work.model().equals(work.directory())) {
            FileTree.delete(work.model());
            Files.createDirectories(work.model());
        }
        journal.begin(new Journal.Begun(Instant.now().toString(), facts));
        return new Attempt(work, journal, shards, List.of());
    }

    /**
     * Looks whether {@link #begin} would do, without writing anything or reading digests.
     *
     * @return the number of shards that it would keep, if they are intact
     */
    public static int check(Work work, MergeFacts facts) throws IOException {
        checkOtherParts(work, facts);
        Journal journal = work.journal();
        return mayKeep(work, journal, facts) ? journal.shards().size() : 0;
    }

    /** Parts that work side by side must agree from the start, not only when they are joined. */
    private static void checkOtherParts(Work work, MergeFacts facts) throws IOException {
        for (Journal other : Journal.all(work.directory())) {
            Journal.Begun begun = other.share().equals(work.share()) ? null : other.begun();
            if (begun != null) {
                facts.difference(begun.facts()).ifPresent(difference -> {
                    throw refuse("this merge " + difference + ", which is part " + other.share() + " in "
                            + work.directory()
                            + ": all parts need the same recipe, models, seed, shard size and number of parts. Give the same, or remove "
                            + work.directory() + " to begin again");
                });
            }
        }
    }

    private static boolean mayKeep(Work work, Journal journal, MergeFacts facts) throws IOException {
        boolean orBegin = work.existing() == Work.Existing.RESUME_OR_BEGIN;
        try {
            Journal.Begun begun = journal.begun();
            int finished = journal.shards().size();
            if (begun == null || finished == 0) {
                return false;
            }
            if (work.existing() == Work.Existing.REFUSE) {
                throw refuse(
                        work.directory() + " has " + finished
                                + (finished == 1 ? " finished shard" : " finished shards")
                                + " of a merge that was interrupted: add --resume to go on with it, or remove the directory to begin again");
            }
            Optional<String> difference = facts.difference(begun.facts());
            if (difference.isPresent() && !orBegin) {
                throw refuse("this merge " + difference.get() + ", which was interrupted in " + work.directory()
                        + ": give the same to go on with it, or remove the directory to begin again");
            }
            difference.ifPresent(
                    text -> work.log().accept("beginning again: this merge " + text + ", which was interrupted"));
            return difference.isEmpty();
        } catch (MergeException e) {
            if (!orBegin) {
                throw e;
            }
            work.log().accept("beginning again: " + e.sentence());
            return false;
        }
    }

    private static List<ShardRecord> intact(Work work, Journal journal) throws IOException {
        List<ShardRecord> kept = new ArrayList<>();
        for (ShardRecord record : journal.shards()) {
            Optional<String> damage = damage(work, record);
            if (damage.isEmpty()) {
                kept.add(record);
            } else {
                work.log().accept(damage.get() + ": merging it again");
                journal.remove(record);
            }
        }
        return kept;
    }

    /** One that cannot be read is damaged too: whatever ails its blocks, it can be merged again. */
    private static Optional<String> damage(Work work, ShardRecord record) {
        try {
            return Listing.problem(work.model(), record.entry());
        } catch (IOException e) {
            return Optional.of(record.entry().path() + " cannot be read (" + e.getMessage() + ")");
        }
    }

    /** All shards of this part. */
    public List<Shard> shards() {
        return shards;
    }

    /** The records of those that an attempt before finished. */
    public List<ShardRecord> kept() {
        return kept;
    }

    /** The shards still to merge, in their order. */
    public List<Shard> missing() {
        Set<String> done = kept.stream().map(record -> record.entry().path()).collect(Collectors.toSet());
        return shards.stream().filter(shard -> !done.contains(shard.file())).toList();
    }

    /** Records a shard that was just finished. */
    public void finished(ShardRecord record) throws IOException {
        journal.add(record);
    }

    /**
     * Makes the files beside the weights durable and records them.
     *
     * @param names relative to the directory of the model
     */
    public void sideFiles(List<String> names) throws IOException {
        List<FileEntry> entries = new ArrayList<>();
        for (String name : names) {
            Path file = work.model().resolve(name);
            FileTree.syncOne(file);
            entries.add(new FileEntry(name, Files.size(file), Hashes.sha256(file)));
        }
        FileTree.syncOne(work.model());
        journal.sideFiles(entries);
    }

    /**
     * The whole checkpoint. What this attempt wrote down, when it is the only part, is not read again; what it kept is.
     *
     * @throws MergeException InvalidParameter when parts are missing, not done, or of different merges
     * @throws IOException when the directory cannot be read
     */
    public Assembly assembly() throws IOException {
        List<Journal> journals = Journal.all(work.directory()).stream()
                .map(found -> found.share().equals(journal.share()) ? journal : found)
                .toList();
        return Assembly.of(work.directory(), work.model(), journals);
    }

    private static MergeException refuse(String what) {
        return new MergeException(Reason.InvalidParameter, what + ".");
    }
}
