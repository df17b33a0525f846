package io.paft.merge.engine;

import io.paft.merge.kernel.Ram;
import java.util.Arrays;
import java.util.List;

/** Reinforced Agent Merging; with a factor other than 0 for r, after a pass that counts what each input changes. */
final class RamFusion implements Fusion {
    private final Operation.Ram operation;
    private final Tile tile;
    private final float epsilon;
    private final long[] alone;
    private final long[] shared;
    private final float[] factors;

    RamFusion(Operation.Ram operation, Tile tile, int inputs) {
        this.operation = operation;
        this.tile = tile;
        this.epsilon = (float) operation.epsilon();
        this.alone = new long[inputs];
        this.shared = new long[inputs];
        this.factors = new float[inputs];
        Arrays.fill(factors, 1f);
    }

    @Override
    public int passes() {
        return operation.r() == 0 ? 0 : 1;
    }

    @Override
    public void gather(int pass, long start, int count) {
        Ram.count(tile.deltas, count, epsilon, alone, shared);
    }

    @Override
    public boolean splits() {
        return true;
    }

    @Override
    public void settle(int pass, List<Fusion> ranges) {
        for (int i = 0; i < factors.length; i++) {
            int input = i;
            long one = ranges.stream()
                    .mapToLong(range -> ((RamFusion) range).alone[input])
                    .sum();
            long several = ranges.stream()
                    .mapToLong(range -> ((RamFusion) range).shared[input])
                    .sum();
            float factor = Ram.factor(one, several, operation.r(), operation.alpha());
            ranges.forEach(range -> ((RamFusion) range).factors[input] = factor);
        }
    }

    @Override
    public void combine(long start, int count) {
        Ram.combine(tile.base, tile.deltas, epsilon, factors, count, tile.output);
    }
}
