package io.paft.merge.engine;

import io.paft.merge.kernel.Shrink;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Moves every element towards zero by the same amount: a number, or the magnitude of a rank. */
final class ShrinkMask implements Mask {
    private final @Nullable RankSearch search;
    private final float lambda;
    private long kept;

    private ShrinkMask(@Nullable RankSearch search, float lambda) {
        this.search = search;
        this.lambda = lambda;
    }

    /** By a number. */
    static Mask by(double lambda) {
        return new ShrinkMask(null, (float) lambda);
    }

    /** By the magnitude that is searched for; by nothing when there is none. */
    static Mask to(@Nullable RankSearch search) {
        return search == null ? ALL : new ShrinkMask(search, 0);
    }

    @Override
    public boolean splits() {
        return true;
    }

    @Override
    public int passes() {
        return search == null ? 0 : search.passes();
    }

    @Override
    public void count(int pass, float[] delta, int count) {
        if (search != null) {
            search.count(pass, delta, count);
        }
    }

    @Override
    public void settle(int pass, List<Mask> ranges) {
        if (search != null) {
            search.settle(
                    pass,
                    ranges.stream()
                            .<RankSearch>mapMulti((mask, found) -> {
                                RankSearch other = ((ShrinkMask) mask).search;
                                if (other != null) {
                                    found.accept(other);
                                }
                            })
                            .toList());
        }
    }

    @Override
    public void restart() {
        kept = 0;
    }

    @Override
    public void apply(float[] delta, long start, int count) {
        float limit = search == null
                ? lambda
                : Float.intBitsToFloat(search.threshold().bits());
        kept += Shrink.apply(delta, count, limit);
    }

    @Override
    public long kept(long elements) {
        return kept;
    }
}
