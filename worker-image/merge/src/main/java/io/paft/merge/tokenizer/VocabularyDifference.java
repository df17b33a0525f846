package io.paft.merge.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** How two vocabularies differ, in words. */
final class VocabularyDifference {
    private static final int SHOWN = 5;

    private final String first;
    private final String second;

    /** Of two models of these names. */
    VocabularyDifference(String first, String second) {
        this.first = first;
        this.second = second;
    }

    /** What differs first; empty when every number means the same token and text is split by the same merges. */
    Optional<String> of(Vocabulary a, Vocabulary b) {
        if (!a.type().equals(b.type())) {
            return Optional.of(first + " is a " + a.type() + " tokenizer, " + second + " a " + b.type());
        }
        if (!a.tokens().equals(b.tokens())) {
            return Optional.of(tokens(a.tokens(), b.tokens()));
        }
        if (!a.merges().equals(b.merges())) {
            return Optional.of("the tokens are the same, but text is split into them by other merges: " + first
                    + " has " + a.merges().size() + ", " + second + " "
                    + b.merges().size());
        }
        return Optional.empty();
    }

    private String tokens(Map<Long, String> a, Map<Long, String> b) {
        List<String> examples = new ArrayList<>();
        int differences = 0;
        TreeSet<Long> numbers = new TreeSet<>(a.keySet());
        numbers.addAll(b.keySet());
        for (Long number : numbers) {
            String mine = a.get(number);
            String theirs = b.get(number);
            if (mine != null && mine.equals(theirs)) {
                continue;
            }
            differences++;
            if (examples.size() < SHOWN) {
                examples.add(number + " is " + name(mine) + " and " + name(theirs));
            }
        }
        return first + " has " + a.size() + " tokens, " + second + " " + b.size() + "; " + differences
                + " numbers differ: " + String.join(", ", examples) + (differences > SHOWN ? ", ..." : "");
    }

    private static String name(@Nullable String token) {
        return token == null ? "missing" : "'" + token + "'";
    }
}
