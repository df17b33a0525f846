package io.paft.merge.journal;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.ShardLayout;
import io.paft.merge.checkpoint.ShardLayout.Shard;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which of several processes this is: each merges whole shards of its own.
 *
 * @param part from 1
 * @param parts at least 1
 */
public record Share(int part, int parts) {
    /** The only process. */
    public static final Share WHOLE = new Share(1, 1);

    private static final Pattern FORM = Pattern.compile("(\\d{1,5})/(\\d{1,5})");

    /**
     * Reads {@code I/N}.
     *
     * @throws MergeException InvalidParameter when it is not of that form with 1 &lt;= I &lt;= N
     */
    public static Share parse(String text) {
        Matcher matcher = FORM.matcher(text.strip());
        if (matcher.matches()) {
            Share share = new Share(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
            if (share.part >= 1 && share.part <= share.parts) {
                return share;
            }
        }
        throw new MergeException(
                Reason.InvalidParameter,
                "--part " + text + " is not a part: write I/N with I from 1 to N, such as 2/3.");
    }

    /**
     * The shards of this part, in their order. The largest shard goes first, each to the part that has the fewest bytes by
     * then, so that the parts differ by at most the size of a shard; who computes it does not matter.
     */
    public List<Shard> of(ShardLayout layout) {
        long[] bytes = new long[parts];
        List<Shard> bySize = layout.shards().stream()
                .sorted(Comparator.comparingLong(Shard::bytes).reversed().thenComparing(Shard::file))
                .toList();
        java.util.Set<Shard> mine = new java.util.HashSet<>();
        for (Shard shard : bySize) {
            int least = 0;
            for (int i = 1; i < parts; i++) {
                if (bytes[i] < bytes[least]) {
                    least = i;
                }
            }
            bytes[least] += shard.bytes();
            if (least == part - 1) {
                mine.add(shard);
            }
        }
        return layout.shards().stream().filter(mine::contains).toList();
    }

    /** True when there is only one part. */
    public boolean isWhole() {
        return parts == 1;
    }

    /** As a name of a file, such as {@code part-00002-of-00003}. */
    String fileName() {
        return String.format(Locale.ROOT, "part-%05d-of-%05d", part, parts);
    }

    /** The share of such a name, or null. */
    static @org.jspecify.annotations.Nullable Share ofFileName(String name) {
        Matcher matcher = Pattern.compile("part-(\\d{5})-of-(\\d{5})").matcher(name);
        return matcher.matches()
                ? new Share(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)))
                : null;
    }

    @Override
    public String toString() {
        return part + "/" + parts;
    }
}
