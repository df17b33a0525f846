package io.paft.merge.engine;

import io.paft.merge.Failures;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.Weights;
import io.paft.merge.report.MergeStatistics;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Runs a plan: streams every tensor from the memory maps of the inputs into the files of the output. The result, its
 * statistics included, is the same to the bit for any number of threads.
 */
public final class Engine {
    private final Options options;
    private final AtomicBoolean failed = new AtomicBoolean();

    /**
     * How to run.
     *
     * @param threads at least 1; fewer run when the memory is too small for them
     * @param memory bytes for the working memory of all threads, adapters included; not the mapped files
     * @param shardSize largest size of a shard's tensors, in bytes
     * @param seed of random masks
     * @param allowNan go on with NaN and infinities in inputs and results, and count them
     */
    public record Options(int threads, long memory, long shardSize, long seed, boolean allowNan) {
        /** The default of huggingface_hub, in bytes. */
        public static final long SHARD_SIZE = 5_000_000_000L;

        /** With the seed 0. */
        public Options(int threads, long memory, long shardSize) {
            this(threads, memory, shardSize, 0);
        }

        /** Without NaN. */
        public Options(int threads, long memory, long shardSize, long seed) {
            this(threads, memory, shardSize, seed, false);
        }
    }

    /** An engine with these options. */
    public Engine(Options options) {
        this.options = options;
    }

    /** How it runs. */
    public Options options() {
        return options;
    }

    /** Ends the work soon; {@link #run} then throws Stopped. May be called from any thread. */
    public void stop() {
        failed.set(true);
    }

    /**
     * Merges.
     *
     * @param plan what to do
     * @param tensors of the plan, all or some, in the order in which they are begun
     * @param output gets them
     * @param progress hears of every part written
     * @throws IOException when the output cannot be written
     * @throws MergeException ModelInvalid for NaN, infinities, or bytes that differ where they must not;
     *     InvalidParameter when the memory is too small for one thread
     */
    public void run(MergePlan plan, List<TensorPlan> tensors, Output output, Progress progress) throws IOException {
        int threads = threads(plan);
        AtomicInteger next = new AtomicInteger();
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            Sink sink = new Sink(output, progress, failed::get);
            List<Future<?>> workers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                workers.add(pool.submit(() -> {
                    work(plan, sink, tensors, next);
                    return null;
                }));
            }
            await(workers);
        }
    }

    private void work(MergePlan plan, Sink sink, List<TensorPlan> tensors, AtomicInteger next) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            TensorMerger merger = new TensorMerger(inputs(plan), arena, options, sink);
            for (int i = next.getAndIncrement(); i < tensors.size(); i = next.getAndIncrement()) {
                merge(merger, tensors.get(i), sink);
            }
        } catch (Throwable e) {
            failed.set(true);
            throw e;
        }
    }

    private static void merge(TensorMerger merger, TensorPlan tensor, Sink sink) throws IOException {
        MergeStatistics statistics;
        try {
            statistics = merger.merge(tensor);
        } catch (InternalError e) {
            throw Failures.mapFault(e, tensor.name());
        }
        sink.output().complete(tensor.name(), statistics);
        sink.progress().tensor();
    }

    /** Waits for all, and throws the first cause: what others throw after it is only that they were stopped. */
    private static void await(List<Future<?>> workers) throws IOException {
        List<Throwable> causes = new ArrayList<>();
        for (Future<?> worker : workers) {
            try {
                worker.get();
            } catch (ExecutionException e) {
                causes.add(e.getCause() == null ? e : e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new MergeException(Reason.Stopped, "the merge was interrupted.", e);
            }
        }
        Throwable first = causes.stream()
                .filter(cause -> !isStopped(cause))
                .findFirst()
                .orElse(causes.isEmpty() ? null : causes.getFirst());
        rethrow(first);
    }

    private static boolean isStopped(Throwable cause) {
        return cause instanceof MergeException known && known.reason() == Reason.Stopped;
    }

    private static void rethrow(@Nullable Throwable cause) throws IOException {
        switch (cause) {
            case null -> {}
            case IOException io -> throw io;
            case RuntimeException runtime -> throw runtime;
            case Error error -> throw error;
            default -> throw new IllegalStateException(cause);
        }
    }

    private int threads(MergePlan plan) {
        long each = Tile.bytes(inputs(plan)) + factors(plan) + rows(plan);
        long fit = options.memory() / each;
        if (fit < 1) {
            throw new MergeException(
                    Reason.InvalidParameter,
                    "a merge thread needs " + each + " bytes of working memory, more than the " + options.memory()
                            + " allowed: raise --max-memory.");
        }
        return (int) Math.min(
                Math.min(options.threads(), fit), Math.max(1, plan.tensors().size()));
    }

    private static int inputs(MergePlan plan) {
        return plan.tensors().stream()
                .mapToInt(tensor -> tensor.inputs().size())
                .max()
                .orElse(0);
    }

    private static long rows(MergePlan plan) {
        return plan.tensors().stream().mapToLong(TensorPlan::rowBytes).max().orElse(0);
    }

    /** The most that the adapters of one tensor take on the heap while it is merged, the copy that turns them included. */
    private static long factors(MergePlan plan) {
        return 2
                * plan.tensors().stream()
                        .mapToLong(tensor -> tensor.inputs().stream()
                                .map(TensorPlan.Input::weights)
                                .mapToLong(weights -> weights instanceof Weights.Adapted adapted
                                        ? adapted.delta().heapBytes()
                                        : 0)
                                .sum())
                        .max()
                        .orElse(0);
    }
}
