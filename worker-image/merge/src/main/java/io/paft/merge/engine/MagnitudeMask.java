package io.paft.merge.engine;

import io.paft.merge.kernel.Threshold;
import io.paft.merge.kernel.TopK;
import io.paft.merge.kernel.Trim;

/**
 * Keeps a range of ranks by magnitude: those up to {@code last}, counted from the largest, without the first
 * {@code dropped}.
 */
final class MagnitudeMask implements Mask {
    /** Nothing has a magnitude above that of this NaN, so a trim to it keeps nothing. */
    private static final Threshold NOTHING = new Threshold(Integer.MAX_VALUE, 0);

    private final long last;
    private final long dropped;
    private final TopK lower;
    private final TopK upper;
    private Threshold keep = NOTHING;
    private Threshold drop = NOTHING;
    private long keepLeft;
    private long dropLeft;

    /**
     * A mask.
     *
     * @param lower finds the threshold above which elements are kept
     * @param upper finds the one above which they are dropped; used only when some are
     */
    MagnitudeMask(long last, long dropped, TopK lower, TopK upper) {
        this.last = last;
        this.dropped = dropped;
        this.lower = lower;
        this.upper = upper;
        lower.reset();
        upper.reset();
    }

    @Override
    public int passes() {
        return last > dropped ? 2 : 0;
    }

    @Override
    public void count(int pass, float[] delta, int count) {
        count(lower, pass, delta, count);
        if (dropped > 0) {
            count(upper, pass, delta, count);
        }
    }

    private static void count(TopK selector, int pass, float[] delta, int count) {
        if (pass == 0) {
            selector.countHigh(delta, count);
        } else {
            selector.countLow(delta, count);
        }
    }

    @Override
    public void counted(int pass) {
        keep = counted(lower, pass, last);
        drop = dropped > 0 ? counted(upper, pass, dropped) : NOTHING;
    }

    private static Threshold counted(TopK selector, int pass, long rank) {
        if (pass == 0) {
            selector.chooseBin(rank);
            return NOTHING;
        }
        return selector.threshold();
    }

    @Override
    public void restart() {
        keepLeft = keep.equalKept();
        dropLeft = drop.equalKept();
    }

    @Override
    public void apply(float[] delta, long start, int count) {
        keepLeft = Trim.apply(delta, count, keep.bits(), keepLeft);
        if (dropped > 0 && last > dropped) {
            // After the other: what it set to zero is never above this threshold.
            dropLeft = Trim.drop(delta, count, drop.bits(), dropLeft);
        }
    }

    @Override
    public long kept(long elements) {
        return last - dropped;
    }
}
