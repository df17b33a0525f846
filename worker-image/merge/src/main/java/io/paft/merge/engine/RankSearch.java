package io.paft.merge.engine;

import io.paft.merge.kernel.Shortlist;
import io.paft.merge.kernel.Threshold;
import io.paft.merge.kernel.TopK;
import io.paft.merge.kernel.Window;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds the magnitude of one rank in a tensor, and what of a range is above and at it: in one pass where a sample told
 * between which magnitudes to look and was right, else in two.
 */
final class RankSearch {
    private final long rank;
    private final Supplier<TopK> selectors;
    private @Nullable Window window;
    private @Nullable TopK selector;
    /** Null where the delta is formed again. */
    private @Nullable Shortlist list;

    private final int first;
    private Threshold threshold = Threshold.NOTHING;
    private long kept;

    /**
     * A search in one range.
     *
     * @param rank counted from the largest magnitude of the tensor, at least 1
     * @param window where it is looked for; null: no sample told
     * @param list gets what later passes need of the delta; null: they read it again
     * @param selectors gives one with room for this range, when it is needed
     */
    RankSearch(long rank, @Nullable Window window, @Nullable Shortlist list, Supplier<TopK> selectors) {
        this.rank = rank;
        this.window = window;
        this.list = list;
        this.selectors = selectors;
        this.first = window == null ? 0 : 1;
    }

    /** Number of passes, as far as is known. */
    int passes() {
        return first == 1 && selector == null ? 1 : first + 2;
    }

    void count(int pass, float[] delta, int count) {
        if (pass >= passes()) {
            return;
        }
        if (pass < first) {
            countWindow(Objects.requireNonNull(window), delta, count);
        } else if (pass == first) {
            selector().countHigh(delta, count);
        } else {
            selector().countLow(delta, count);
        }
    }

    private void countWindow(Window counts, float[] delta, int count) {
        int listed = list == null ? -1 : list.add(delta, count);
        if (list != null && listed >= 0) {
            list.countLast(listed, counts);
        } else {
            list = null;
            counts.count(delta, count);
        }
    }

    /** Before a pass over the range. */
    void restart() {
        if (list != null) {
            list.rewind();
        }
    }

    /** Fills in the next elements of the delta, but for some that are not kept; false when they must be read. */
    boolean recall(float[] delta, int count) {
        if (list == null || threshold.equals(Threshold.NOTHING)) {
            return false;
        }
        list.next(delta, count);
        return true;
    }

    /** Once for the tensor, after a pass; the ranges are in order and this is the first. */
    void settle(int pass, List<RankSearch> ranges) {
        if (pass >= passes()) {
            return;
        }
        if (pass < first) {
            settleWindow(ranges);
        } else if (pass == first) {
            TopK.chooseBin(rank, ranges.stream().map(RankSearch::selector).toList());
        } else {
            share(TopK.threshold(ranges.stream().map(RankSearch::selector).toList()), ranges);
        }
    }

    private static void settleWindow(List<RankSearch> ranges) {
        List<Window> windows = new ArrayList<>();
        for (RankSearch range : ranges) {
            windows.add(Objects.requireNonNull(range.window));
        }
        Threshold found = Window.threshold(ranges.getFirst().rank, windows);
        if (found != null) {
            share(found, ranges);
        } else {
            for (RankSearch range : ranges) {
                range.window = null;
                range.list = null;
                range.selector();
            }
        }
    }

    /** Of the elements at the threshold the first ones are kept: those of the first ranges. */
    private static void share(Threshold found, List<RankSearch> ranges) {
        long left = found.equalKept();
        for (RankSearch range : ranges) {
            Window window = range.window;
            long equal = Math.min(left, window == null ? range.selector().equal(found) : window.equal(found));
            long above = window == null ? range.selector().above(found) : window.above(found);
            range.threshold = new Threshold(found.bits(), equal);
            range.kept = above + equal;
            range.window = null;
            left -= equal;
        }
    }

    private TopK selector() {
        if (selector == null) {
            selector = selectors.get();
        }
        return selector;
    }

    /** What the range keeps. */
    Threshold threshold() {
        return threshold;
    }

    /** How many elements of the range are kept. */
    long kept() {
        return kept;
    }
}
