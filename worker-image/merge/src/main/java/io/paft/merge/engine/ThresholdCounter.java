package io.paft.merge.engine;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.engine.ThresholdGroup.Member;
import io.paft.merge.engine.ThresholdGroup.Selectors;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** Counts elements for thresholds on one thread, in working memory of a fixed size. */
final class ThresholdCounter {
    private final Tile tile;
    private final BooleanSupplier stopped;
    private final List<Selectors> selectors;

    ThresholdCounter(Tile tile, BooleanSupplier stopped) {
        this.tile = tile;
        this.stopped = stopped;
        this.selectors =
                Stream.generate(Selectors::new).limit(tile.deltas.length).toList();
    }

    /**
     * Counts elements {@code start} to {@code start + count - 1} of a tensor.
     *
     * @param members where each of its inputs belongs
     * @throws MergeException Stopped
     */
    void count(int pass, TensorPlan tensor, List<Member> members, long start, long count) {
        TileReader reader = new TileReader(new TensorShared(tensor, 0, true, false), tile);
        for (int i = 0; i < members.size(); i++) {
            members.get(i).begin(selectors.get(i));
        }
        for (long at = start; at < start + count; at += Tile.SIZE) {
            if (stopped.getAsBoolean()) {
                throw new MergeException(Reason.Stopped, "the merge was stopped before it was done; nothing was kept.");
            }
            int size = (int) Math.min(Tile.SIZE, start + count - at);
            reader.read(at, size);
            for (int i = 0; i < members.size(); i++) {
                if (pass < members.get(i).passes()) {
                    members.get(i).count(pass, tile.deltas[i], size, selectors.get(i));
                }
            }
        }
        for (int i = 0; i < members.size(); i++) {
            members.get(i).end(pass, selectors.get(i));
        }
    }
}
