package io.paft.merge.engine;

import io.paft.merge.kernel.RowRanks;

/** Keeps elements by a probability that depends on their rank in their row, one row at a time: tiles need not end with rows. */
final class RankedMask implements Mask {
    private static final int PIECE = 1 << 12;

    private final Sparsifier.Ranked rule;
    private final long key;
    private final int columns;
    private final Source source;
    private final RowRanks ranks;
    private final float[] piece = new float[PIECE];
    private long row = -1;
    private long kept;

    /** Reads the delta, of elements that the tile may not have. */
    interface Source {
        void read(long start, int count, float[] target);
    }

    RankedMask(Sparsifier.Ranked rule, long key, int columns, Source source) {
        this.rule = rule;
        this.key = key;
        this.columns = columns;
        this.source = source;
        this.ranks = new RowRanks(columns);
    }

    @Override
    public boolean splits() {
        return true;
    }

    @Override
    public void restart() {
        row = -1;
        kept = 0;
    }

    @Override
    public void apply(float[] delta, long start, int count) {
        int done = 0;
        while (done < count) {
            long at = start + done;
            if (at / columns != row) {
                row = at / columns;
                draw();
            }
            int from = (int) (at - row * columns);
            int length = Math.min(count - done, columns - from);
            kept += ranks.apply(delta, done, from, length);
            done += length;
        }
    }

    private void draw() {
        for (int from = 0; from < columns; from += PIECE) {
            int count = Math.min(PIECE, columns - from);
            source.read(row * columns + from, count, piece);
            ranks.load(piece, from, count);
        }
        ranks.draw(key, row * columns, rule.density(), rule.epsilon());
    }

    @Override
    public long kept(long elements) {
        return kept;
    }
}
