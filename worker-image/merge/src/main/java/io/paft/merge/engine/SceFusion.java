package io.paft.merge.engine;

import io.paft.merge.kernel.Measure;
import io.paft.merge.kernel.Sce;
import io.paft.merge.kernel.Threshold;
import io.paft.merge.kernel.TopK;
import io.paft.merge.kernel.Trim;
import java.util.List;

/**
 * Select, calculate, erase: two passes that find the variance above which elements are selected, unless all are, and one that
 * finds the weights of the deltas.
 */
final class SceFusion implements Fusion {
    /** Bytes that one takes besides the tile, at most. */
    static final long BYTES = TopK.BYTES + Tile.SIZE * (long) Float.BYTES;

    private final double share;
    private final Tile tile;
    private final int inputs;
    private final boolean selects;
    private final TopK selector = new TopK();
    private final float[] variance = new float[Tile.SIZE];
    private final double[] squares;
    private double[] weights = new double[0];
    private long found;
    private long selected;
    private Threshold threshold = Threshold.NOTHING;
    private long equalLeft;

    SceFusion(Operation.Sce operation, Tile tile, int inputs) {
        this.share = operation.selectTopK();
        this.tile = tile;
        this.inputs = inputs;
        this.selects = share < 1;
        this.squares = new double[inputs];
    }

    @Override
    public int passes() {
        return selects ? 3 : 1;
    }

    @Override
    public void gather(int pass, long start, int count) {
        if (pass == passes() - 1) {
            select(count);
            for (int i = 0; i < inputs; i++) {
                squares[i] += Measure.dot(tile.deltas[i], tile.deltas[i], count);
            }
            return;
        }
        int varying = Sce.variance(tile.deltas, inputs, count, variance);
        if (pass == 0) {
            found += varying;
            selector.countHigh(variance, count);
        } else if (selected > 0) {
            selector.countLow(variance, count);
        }
    }

    @Override
    public boolean splits() {
        return true;
    }

    @Override
    public void settle(int pass, List<Fusion> ranges) {
        List<SceFusion> all = ranges.stream().map(SceFusion.class::cast).toList();
        if (pass == passes() - 1) {
            double[] sums = new double[inputs];
            for (SceFusion range : all) {
                for (int i = 0; i < inputs; i++) {
                    sums[i] += range.squares[i];
                }
            }
            weights = Sce.weights(sums);
            all.forEach(range -> range.weights = weights);
        } else if (pass == 0) {
            selected = Sce.selected(all.stream().mapToLong(range -> range.found).sum(), share);
            all.forEach(range -> range.selected = selected);
            if (selected > 0) {
                TopK.chooseBin(selected, selectors(all));
            }
        } else if (selected > 0) {
            share(TopK.threshold(selectors(all)), all);
        }
        all.forEach(range -> range.equalLeft = range.threshold.equalKept());
    }

    /** Of the elements at the threshold the first are selected: those of the first ranges. */
    private static void share(Threshold found, List<SceFusion> ranges) {
        long left = found.equalKept();
        for (SceFusion range : ranges) {
            long equal = Math.min(left, range.selector.equal(found));
            range.threshold = new Threshold(found.bits(), equal);
            left -= equal;
        }
    }

    private static List<TopK> selectors(List<SceFusion> ranges) {
        return ranges.stream().map(range -> range.selector).toList();
    }

    @Override
    public void select(int count) {
        if (selects) {
            Sce.variance(tile.deltas, inputs, count, variance);
            equalLeft = Trim.apply(variance, count, threshold.bits(), equalLeft);
            Sce.select(tile.deltas, inputs, variance, count);
        }
    }

    @Override
    public void combine(long start, int count) {
        Sce.combine(tile.base, tile.deltas, weights, count, tile.output);
    }
}
