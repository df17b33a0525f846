package io.paft.merge.engine;

import io.paft.merge.kernel.Measure;
import io.paft.merge.kernel.Threshold;
import io.paft.merge.kernel.Trim;
import org.jspecify.annotations.Nullable;

/** Keeps what lies between two thresholds that were found before. */
final class CutMask implements Mask {
    private final Threshold keep;
    private final @Nullable Threshold drop;
    private long keepLeft;
    private long dropLeft;
    private long kept;

    CutMask(Sparsifier.Cut cut) {
        this.keep = cut.keep();
        this.drop = cut.drop();
    }

    /** Unless this is the tensor that takes only some of the elements at a threshold: which are then the first of the tensor. */
    @Override
    public boolean splits() {
        return isAllOrNone(keep) && (drop == null || isAllOrNone(drop));
    }

    private static boolean isAllOrNone(Threshold threshold) {
        return threshold.equalKept() == 0 || threshold.equalKept() == Sparsifier.Cut.ALL;
    }

    @Override
    public void restart() {
        keepLeft = keep.equalKept();
        dropLeft = drop == null ? 0 : drop.equalKept();
        kept = 0;
    }

    @Override
    public void apply(float[] delta, long start, int count) {
        kept += above(delta, count, keep);
        long left = Trim.apply(delta, count, keep.bits(), keepLeft);
        kept += keepLeft - left;
        keepLeft = left;
        if (drop != null) {
            kept -= above(delta, count, drop);
            left = Trim.drop(delta, count, drop.bits(), dropLeft);
            kept -= dropLeft - left;
            dropLeft = left;
        }
    }

    private static int above(float[] delta, int count, Threshold threshold) {
        return count - Measure.countAtMost(delta, count, Float.intBitsToFloat(threshold.bits()));
    }

    @Override
    public long kept(long elements) {
        return kept;
    }
}
