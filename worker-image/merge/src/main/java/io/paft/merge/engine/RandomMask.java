package io.paft.merge.engine;

import io.paft.merge.kernel.CounterRandom;

/** Keeps each element with the same probability. */
final class RandomMask implements Mask {
    private final long key;
    private final double density;
    private long kept;

    RandomMask(long key, double density) {
        this.key = key;
        this.density = density;
    }

    @Override
    public boolean splits() {
        return true;
    }

    @Override
    public void restart() {
        kept = 0;
    }

    @Override
    public void apply(float[] delta, long start, int count) {
        kept += CounterRandom.keep(delta, count, key, start, density);
    }

    @Override
    public long kept(long elements) {
        return kept;
    }
}
