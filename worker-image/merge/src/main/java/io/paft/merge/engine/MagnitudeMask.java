package io.paft.merge.engine;

import io.paft.merge.kernel.Threshold;
import io.paft.merge.kernel.Trim;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a range of ranks by magnitude: those up to {@code last}, counted from the largest, without the first
 * {@code dropped}.
 */
final class MagnitudeMask implements Mask {
    private final @Nullable RankSearch keep;
    private final @Nullable RankSearch drop;
    private long keepLeft;
    private long dropLeft;

    /**
     * A mask.
     *
     * @param keep finds the threshold above which elements are kept; null: nothing is
     * @param drop finds the one above which they are dropped; null: none are
     */
    MagnitudeMask(@Nullable RankSearch keep, @Nullable RankSearch drop) {
        this.keep = keep;
        this.drop = drop;
    }

    @Override
    public boolean splits() {
        return true;
    }

    @Override
    public int passes() {
        return Math.max(keep == null ? 0 : keep.passes(), drop == null ? 0 : drop.passes());
    }

    @Override
    public void count(int pass, float[] delta, int count) {
        if (keep != null) {
            keep.count(pass, delta, count);
        }
        if (drop != null) {
            drop.count(pass, delta, count);
        }
    }

    @Override
    public void settle(int pass, List<Mask> ranges) {
        if (keep != null) {
            keep.settle(pass, searches(ranges, false));
        }
        if (drop != null) {
            drop.settle(pass, searches(ranges, true));
        }
    }

    private static List<RankSearch> searches(List<Mask> ranges, boolean dropping) {
        return ranges.stream()
                .map(MagnitudeMask.class::cast)
                .<RankSearch>mapMulti((mask, found) -> {
                    RankSearch search = dropping ? mask.drop : mask.keep;
                    if (search != null) {
                        found.accept(search);
                    }
                })
                .toList();
    }

    @Override
    public void restart() {
        if (keep != null) {
            keep.restart();
        }
        keepLeft = keep == null ? 0 : keep.threshold().equalKept();
        dropLeft = drop == null ? 0 : drop.threshold().equalKept();
    }

    @Override
    public boolean recall(float[] delta, int count) {
        return keep != null && keep.recall(delta, count);
    }

    @Override
    public void apply(float[] delta, long start, int count) {
        Threshold lower = keep == null ? Threshold.NOTHING : keep.threshold();
        keepLeft = Trim.apply(delta, count, lower.bits(), keepLeft);
        if (drop != null) {
            // After the other: what it set to zero is never above this threshold.
            dropLeft = Trim.drop(delta, count, drop.threshold().bits(), dropLeft);
        }
    }

    @Override
    public long kept(long elements) {
        return (keep == null ? 0 : keep.kept()) - (drop == null ? 0 : drop.kept());
    }
}
