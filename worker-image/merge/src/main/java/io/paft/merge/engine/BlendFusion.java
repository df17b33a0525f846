package io.paft.merge.engine;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.kernel.Blend;
import java.util.List;
import java.util.function.Function;

/** Blends by factors that need the dot products of whole tensors: one pass that gathers them, in the order of the tiles. */
final class BlendFusion implements Fusion {
    private final String tensor;
    private final Tile tile;
    private final float[][] vectors;
    private final boolean onBase;
    private final Function<double[][], double[]> rule;
    private final double[][] gram;
    private double[] factors = new double[0];

    /**
     * A blend.
     *
     * @param vectors the arrays of the tile that are blended
     * @param onBase the sum is added to the base
     * @param rule from the Gram matrix to the factors; none when there are none
     */
    BlendFusion(String tensor, Tile tile, float[][] vectors, boolean onBase, Function<double[][], double[]> rule) {
        this.tensor = tensor;
        this.tile = tile;
        this.vectors = vectors;
        this.onBase = onBase;
        this.rule = rule;
        this.gram = new double[vectors.length][vectors.length];
    }

    @Override
    public int passes() {
        return 1;
    }

    @Override
    public void gather(int pass, long start, int count) {
        Blend.addProducts(vectors, count, gram);
    }

    @Override
    public boolean splits() {
        return true;
    }

    @Override
    public void settle(int pass, List<Fusion> ranges) {
        double[][] whole = new double[gram.length][gram.length];
        for (Fusion range : ranges) {
            double[][] part = ((BlendFusion) range).gram;
            for (int row = 0; row < whole.length; row++) {
                for (int column = 0; column < whole.length; column++) {
                    whole[row][column] += part[row][column];
                }
            }
        }
        factors = rule.apply(whole);
        if (factors.length == 0) {
            throw new MergeException(
                    Reason.InvalidParameter,
                    "tensor " + tensor + ": the weighted directions of the models cancel: change the weights.");
        }
        for (Fusion range : ranges) {
            ((BlendFusion) range).factors = factors;
        }
    }

    @Override
    public void combine(long start, int count) {
        Blend.combine(tile.base, onBase, vectors, factors, count, tile.output);
    }
}
