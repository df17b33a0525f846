package io.paft.merge.engine;

import io.paft.merge.report.MergeStatistics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * The passes over one tensor: one that combines and writes; before it those that sparsifying or fusing needs to know the
 * whole tensor. Each pass is done by the ranges in any order and by any threads; between passes they are brought together.
 */
final class TensorRun {
    private final List<TensorRange> ranges = new ArrayList<>();
    private final AtomicInteger working = new AtomicInteger();
    private Step step;

    /** What the ranges do next. */
    private sealed interface Step {
        record Count(int pass) implements Step {}

        record Gather(int pass) implements Step {}

        record Write() implements Step {}

        record Done() implements Step {}
    }

    /**
     * A run that has not begun.
     *
     * @param tiles gives working memory
     * @param sink where the output goes
     * @param options seed of random masks, what to do with NaN, and the memory
     */
    TensorRun(TensorPlan plan, Supplier<Tile> tiles, Sink sink, Engine.Options options) {
        long elements = plan.shape().elements();
        TensorShared shared =
                new TensorShared(plan, options.seed(), options.allowNan(), Needs.lists(plan, options.memory()));
        int count = Ranges.count(elements);
        TensorRange first =
                new TensorRange(shared, 0, count == 1 ? elements : Ranges.start(elements, count, 1), tiles.get(), sink);
        if (count > 1 && !first.splits()) {
            count = 1;
            first = new TensorRange(shared, 0, elements, first.tile(), sink);
        }
        ranges.add(first);
        for (int i = 1; i < count; i++) {
            long from = Ranges.start(elements, count, i);
            ranges.add(new TensorRange(shared, from, Ranges.start(elements, count, i + 1), tiles.get(), sink));
        }
        step = after(new Step.Count(-1));
        working.set(count);
    }

    /** Number of ranges. */
    int ranges() {
        return ranges.size();
    }

    /**
     * Does the next pass on one range; each thread another.
     *
     * @return true for the last of them: the next pass can begin, or the tensor is done
     */
    boolean work(int range) throws IOException {
        TensorRange mine = ranges.get(range);
        switch (step) {
            case Step.Count(int pass) -> mine.count(pass);
            case Step.Gather(int pass) -> mine.gather(pass);
            case Step.Write() -> mine.write();
            case Step.Done() -> throw new IllegalStateException("nothing is left to do");
        }
        if (working.decrementAndGet() > 0) {
            return false;
        }
        settle();
        working.set(ranges.size());
        return true;
    }

    /** True after the last pass. */
    boolean isDone() {
        return step instanceof Step.Done;
    }

    /** The statistics of the tensor, once, when it is done. */
    MergeStatistics statistics() {
        MergeStatistics all = ranges.getFirst().statistics();
        ranges.subList(1, ranges.size()).forEach(range -> all.addRange(range.statistics()));
        all.seal();
        return all;
    }

    /** The working memory of the ranges, when the tensor is done. */
    List<Tile> tiles() {
        return ranges.stream().map(TensorRange::tile).toList();
    }

    private void settle() {
        TensorRange first = ranges.getFirst();
        switch (step) {
            case Step.Count(int pass) ->
                first.sparsification()
                        .settle(
                                pass,
                                ranges.stream().map(TensorRange::sparsification).toList());
            case Step.Gather(int pass) ->
                first.fusion()
                        .settle(pass, ranges.stream().map(TensorRange::fusion).toList());
            case Step.Write(), Step.Done() -> {}
        }
        step = after(step);
    }

    private Step after(Step last) {
        TensorRange first = ranges.getFirst();
        return switch (last) {
            case Step.Count(int pass) when pass + 1 < first.sparsification().passes() -> new Step.Count(pass + 1);
            case Step.Count(int pass) -> after(new Step.Gather(-1));
            case Step.Gather(int pass) when pass + 1 < first.fusion().passes() -> new Step.Gather(pass + 1);
            case Step.Gather(int pass) -> new Step.Write();
            case Step.Write(), Step.Done() -> new Step.Done();
        };
    }
}
