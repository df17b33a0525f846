package io.paft.merge.checkpoint;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The order of a model's tensors from its input to its output, which decides what goes into which shard. */
public final class TensorOrder {
    private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

    /** Numbers in names count as numbers, and heads come last; otherwise alphabetical, as modules usually are. */
    public static final Comparator<String> BY_DEPTH = Comparator.comparing(TensorOrder::isHead)
            .thenComparing(TensorOrder::padded)
            .thenComparing(Comparator.naturalOrder());

    private TensorOrder() {}

    private static boolean isHead(String name) {
        return name.startsWith("lm_head.") || name.startsWith("score.");
    }

    private static String padded(String name) {
        return NUMBER.matcher(name)
                .replaceAll(match -> Matcher.quoteReplacement(padded(Integer.parseInt(match.group()))));
    }

    private static String padded(int number) {
        return String.format(java.util.Locale.ROOT, "%09d", number);
    }
}
