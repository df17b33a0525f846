package io.paft.merge.tokenizer;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.Model;
import io.paft.merge.files.InputReads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The files by which a model turns text into tokens, for comparing them with another model's. */
public final class TokenizerFiles {
    private static final String FAST = "tokenizer.json";
    /** Files of which each describes a vocabulary when there is no tokenizer.json. */
    private static final List<String> OLDER =
            List.of("tokenizer.model", "vocab.json", "merges.txt", "vocab.txt", "added_tokens.json");

    private TokenizerFiles() {}

    /**
     * How the vocabularies of two models differ, in words; empty when they agree.
     *
     * @throws MergeException ModelInvalid when a file cannot be read or there is nothing to compare
     */
    public static Optional<String> difference(Model first, Model second) {
        Path a = first.directory();
        Path b = second.directory();
        if (a.equals(b)) {
            return Optional.empty();
        }
        boolean fast = has(a, FAST);
        if (fast && has(b, FAST)) {
            if (equal(a, b, FAST)) {
                return Optional.empty();
            }
            return new VocabularyDifference(first.name(), second.name())
                    .of(
                            Vocabulary.read(a.resolve(FAST), first.name() + "/" + FAST),
                            Vocabulary.read(b.resolve(FAST), second.name() + "/" + FAST));
        }
        boolean comparable = false;
        for (String file : OLDER) {
            if (has(a, file) != has(b, file)) {
                throw missing(has(a, file) ? second : first);
            }
            if (has(a, file)) {
                comparable = true;
                if (!equal(a, b, file)) {
                    return Optional.of(first.name() + "/" + file + " and " + second.name() + "/" + file + " differ");
                }
            }
        }
        if (!comparable) {
            throw missing(fast ? second : first);
        }
        return Optional.empty();
    }

    private static boolean has(Path directory, String file) {
        return Files.isRegularFile(directory.resolve(file));
    }

    private static boolean equal(Path first, Path second, String file) {
        try {
            return InputReads.of(() -> Files.mismatch(first.resolve(file), second.resolve(file))) < 0;
        } catch (IOException e) {
            throw new MergeException(Reason.ModelInvalid, file + ", offset 0: cannot be read (" + e + ").", e);
        }
    }

    private static MergeException missing(Model model) {
        return new MergeException(
                Reason.ModelInvalid,
                model.name()
                        + " has no tokenizer.json with which its vocabulary could be compared: put the tokenizer's files beside its weights, or remove the tokenizer from the recipe, and it is copied from the base model.");
    }
}
