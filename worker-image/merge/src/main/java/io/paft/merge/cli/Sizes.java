package io.paft.merge.cli;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as people write them. */
final class Sizes {
    private static final Pattern FORM = Pattern.compile("(\\d{1,9})\\s*([kmgt]?)(i?b)?", Pattern.CASE_INSENSITIVE);

    private static final Pattern MERGEKIT = Pattern.compile("(\\d{1,9}(?=[KMBkmb])|\\d{1,15})([KMBkmb]?)");

    private Sizes() {}

    /**
     * Bytes: 5GB is 5 * 10^9 as in huggingface_hub; 5GiB and 5g are 5 * 2^30.
     *
     * @throws MergeException InvalidParameter with the option's name
     */
    static long parse(String text, String option) {
        Matcher matcher = FORM.matcher(text.strip());
        if (!matcher.matches()) {
            throw new MergeException(
                    Reason.InvalidParameter, option + " " + text + " is not a size: write 512m, 1g, 5GB or 5GiB.");
        }
        boolean decimal = "b".equalsIgnoreCase(matcher.group(3));
        int power = "kmgt".indexOf(matcher.group(2).toLowerCase(Locale.ROOT));
        long unit = 1;
        for (int i = 0; i <= power && !matcher.group(2).isEmpty(); i++) {
            unit *= decimal ? 1000 : 1024;
        }
        long bytes = Long.parseLong(matcher.group(1)) * unit;
        if (bytes < 1) {
            throw new MergeException(Reason.InvalidParameter, option + " must be above zero.");
        }
        return bytes;
    }

    /**
     * Bytes as mergekit's {@code --out-shard-size} has them: K, M and B are thousands, millions and billions.
     *
     * @throws MergeException InvalidParameter with the option's name
     */
    static long parseMergekit(String text, String option) {
        Matcher matcher = MERGEKIT.matcher(text.strip());
        if (!matcher.matches()) {
            throw new MergeException(
                    Reason.InvalidParameter, option + " " + text + " is not a size: write 5B, 500M or 100K.");
        }
        long unit = switch (matcher.group(2).toUpperCase(Locale.ROOT)) {
            case "K" -> 1_000;
            case "M" -> 1_000_000;
            case "B" -> 1_000_000_000;
            default -> 1;
        };
        long bytes = Long.parseLong(matcher.group(1)) * unit;
        if (bytes < 1) {
            throw new MergeException(Reason.InvalidParameter, option + " must be above zero.");
        }
        return bytes;
    }

    /** For people: {@code 2.47 GB}. */
    static String format(long bytes) {
        if (bytes < 1000) {
            return bytes + " B";
        }
        double value = bytes;
        int unit = -1;
        while (value >= 999.5 && unit < 4) {
            value /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, "%.3g %cB", value, "kMGTP".charAt(unit));
    }
}
