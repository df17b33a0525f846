package io.paft.merge.journal;

import io.paft.merge.checkpoint.ModelFile;
import io.paft.merge.files.Hashes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a merge is: everything that decides its result. Two processes with equal facts write the same bytes.
 *
 * @param version of this program, and the form in which it keeps statistics
 * @param method of the recipe
 * @param reported names of the inputs that have deltas
 * @param recipe digest of which tensors are merged and what is done to them, every parameter resolved
 * @param inputs the files of all models, by name
 * @param sideFiles digest of what is written beside the weights: configuration, tokenizer, chat template
 * @param seed of random masks
 * @param shardSize largest size of a shard, in bytes
 * @param shards number of files of weights
 * @param share which of them this process writes
 */
public record MergeFacts(
        String version,
        String method,
        List<String> reported,
        String recipe,
        List<Input> inputs,
        String sideFiles,
        long seed,
        long shardSize,
        int shards,
        Share share) {
    public MergeFacts {
        reported = List.copyOf(reported);
        inputs = List.copyOf(inputs);
    }

    /**
     * A file of a model.
     *
     * @param file as messages name it
     * @param size in bytes
     * @param header digest of its header
     * @param samples digest of a few bytes of each of its tensors
     */
    public record Input(String file, long size, String header, String samples) {}

    /** What to keep of a file that is open. */
    public static Input input(ModelFile file) throws IOException {
        return Fingerprint.of(file);
    }

    /** The version of this program together with the form in which it keeps statistics. */
    public static String version(String program) {
        return program + "+" + Hashes.sha256(JournalJson.formOfStatistics()).substring(0, 8);
    }

    /** The same merge as one process would do it. */
    public MergeFacts whole() {
        return new MergeFacts(
                version, method, reported, recipe, inputs, sideFiles, seed, shardSize, shards, Share.WHOLE);
    }

    /** Digest of the facts, the same for every part: the identity of the result. */
    public String digest() {
        return "sha256:" + Hashes.sha256(JournalJson.write(whole()));
    }

    /**
     * The first fact that differs, as the rest of a sentence, such as {@code has the seed 7, but the other has 0}; empty
     * when they are the same merge, whatever the part.
     */
    public Optional<String> difference(MergeFacts other) {
        List<Optional<String>> all = new ArrayList<>();
        all.add(differs("was made with the version", version, other.version));
        all.add(differs("has the method", method, other.method));
        all.add(inputs(other));
        all.add(differs("has the seed", seed, other.seed));
        all.add(differs("has the shard size", shardSize, other.shardSize));
        all.add(differs("has the number of parts", share.parts(), other.share.parts()));
        all.add(differs("has a recipe whose resolved parameters have the digest", recipe, other.recipe));
        all.add(differs("has the number of shards", shards, other.shards));
        all.add(differs("has the inputs", reported, other.reported));
        all.add(differs("has a config.json, tokenizer or chat template with the digest", sideFiles, other.sideFiles));
        return all.stream().flatMap(Optional::stream).findFirst();
    }

    private Optional<String> inputs(MergeFacts other) {
        Map<String, Input> theirs = new TreeMap<>();
        other.inputs.forEach(input -> theirs.put(input.file(), input));
        for (Input mine : inputs) {
            Input found = theirs.remove(mine.file());
            if (found == null) {
                return Optional.of("reads " + mine.file() + ", which the other does not");
            }
            if (mine.size() != found.size()) {
                return Optional.of("reads " + mine.file() + " of " + mine.size() + " bytes, but the other of "
                        + found.size() + " bytes");
            }
            if (!mine.header().equals(found.header())) {
                return Optional.of("reads " + mine.file() + " with another header than the other");
            }
            if (!mine.samples().equals(found.samples())) {
                return Optional.of("reads " + mine.file() + " with other values than the other");
            }
        }
        return theirs.keySet().stream().findFirst().map(file -> "does not read " + file + ", which the other does");
    }

    private static Optional<String> differs(String what, Object mine, Object theirs) {
        return mine.equals(theirs)
                ? Optional.empty()
                : Optional.of(what + " " + mine + ", but the other has " + theirs);
    }
}
