package io.paft.merge.engine;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.checkpoint.CheckpointWriter;
import io.paft.merge.checkpoint.Weights;
import io.paft.merge.report.MergeStatistics;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Runs a plan: streams every tensor from the memory maps of the inputs into the files of the output. The result, its
 * statistics included, is the same to the bit for any number of threads.
 */
public final class Engine {
    private final Options options;
    private final AtomicBoolean failed;

    /**
     * How to run.
     *
     * @param threads at least 1; fewer run when the memory is too small for them
     * @param memory bytes for the working memory of all threads, adapters included; not the mapped files
     * @param shardSize largest size of a shard's tensors, in bytes
     * @param seed of random masks
     */
    public record Options(int threads, long memory, long shardSize, long seed) {
        /** The default of huggingface_hub, in bytes. */
        public static final long SHARD_SIZE = 5_000_000_000L;

        /** With the seed 0. */
        public Options(int threads, long memory, long shardSize) {
            this(threads, memory, shardSize, 0);
        }
    }

    /** An engine with these options. */
    public Engine(Options options) {
        this(options, new AtomicBoolean());
    }

    private Engine(Options options, AtomicBoolean failed) {
        this.options = options;
        this.failed = failed;
    }

    /** The same with another seed; stopping one stops the other. */
    public Engine withSeed(long seed) {
        return new Engine(new Options(options.threads(), options.memory(), options.shardSize(), seed), failed);
    }

    /** Ends the work soon; {@link #run} then throws Stopped. May be called from any thread. */
    public void stop() {
        failed.set(true);
    }

    /**
     * Merges.
     *
     * @param plan what to do
     * @param directory gets the weights; it exists and is empty of them
     * @param progress hears of every part written
     * @return statistics of every tensor, in the order of the plan
     * @throws IOException when the output cannot be written
     * @throws MergeException ModelInvalid for NaN, infinities, or bytes that differ where they must not;
     *     InvalidParameter when the memory is too small for one thread
     */
    public List<MergeStatistics> run(MergePlan plan, Path directory, Progress progress) throws IOException {
        int threads = threads(plan);
        MergeStatistics[] results = new MergeStatistics[plan.tensors().size()];
        // The largest tensors first, so that the threads end at about the same time.
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, results.length).boxed().toList());
        order.sort(Comparator.comparingLong(
                (Integer index) -> -plan.tensors().get(index).shape().elements()));
        Schedule schedule = new Schedule(order);
        try (Arena arena = Arena.ofShared();
                CheckpointWriter writer = new CheckpointWriter(directory, plan.outputs(), options.shardSize());
                ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            Sink sink = new Sink(writer, progress, failed::get);
            Tiles tiles = new Tiles(inputs(plan), arena);
            List<Future<?>> workers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                workers.add(pool.submit(() -> {
                    work(plan, sink, tiles, schedule, results);
                    return null;
                }));
            }
            await(workers);
            writer.finish();
        }
        return List.of(results);
    }

    private void work(MergePlan plan, Sink sink, Tiles tiles, Schedule schedule, MergeStatistics[] results)
            throws IOException, InterruptedException {
        for (Schedule.Piece piece = schedule.take(); piece != null; piece = schedule.take()) {
            List<Schedule.Piece> next = List.of();
            try {
                if (!failed.get()) {
                    next = switch (piece) {
                        case Schedule.Piece.Tensor(int index) -> begin(plan, index, sink, tiles, results);
                        case Schedule.Piece.Range(int index, TensorRun run, int range) ->
                            run.work(range) ? goOn(index, run, sink, tiles, results) : List.of();
                    };
                }
            } catch (Throwable e) {
                failed.set(true);
                throw e;
            } finally {
                schedule.done(next);
            }
        }
        if (failed.get()) {
            sink.checkStopped();
        }
    }

    private List<Schedule.Piece> begin(MergePlan plan, int index, Sink sink, Tiles tiles, MergeStatistics[] results)
            throws IOException {
        TensorPlan tensor = plan.tensors().get(index);
        if (tensor.operation() instanceof Operation.PassThrough) {
            results[index] = MergeStatistics.empty(tensor.reported().length);
            PassThroughCopy.copy(tensor, sink);
            sink.progress().tensor();
            return List.of();
        }
        return pieces(index, new TensorRun(tensor, tiles, sink, options.seed()));
    }

    private static List<Schedule.Piece> goOn(
            int index, TensorRun run, Sink sink, Tiles tiles, MergeStatistics[] results) {
        if (!run.isDone()) {
            return pieces(index, run);
        }
        results[index] = run.statistics();
        tiles.giveBack(run.tiles());
        sink.progress().tensor();
        return List.of();
    }

    private static List<Schedule.Piece> pieces(int index, TensorRun run) {
        return IntStream.range(0, run.ranges())
                .<Schedule.Piece>mapToObj(range -> new Schedule.Piece.Range(index, run, range))
                .toList();
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

    /** As many as have room for a tensor each, split as far as tensors are. */
    private int threads(MergePlan plan) {
        long each = plan.tensors().stream().mapToLong(Engine::memory).max().orElse(0);
        if (each == 0) {
            return 1;
        }
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

    private static long memory(TensorPlan tensor) {
        long factors = 0;
        long panels = 0;
        for (TensorPlan.Input input : tensor.inputs()) {
            if (input.weights() instanceof Weights.Adapted adapted) {
                // Twice: the copy that turns a factor is there with the factor for a moment.
                factors += 2 * adapted.delta().heapBytes();
                panels += adapted.delta().panelBytes();
            }
        }
        long range = Tile.bytes(tensor.inputs().size()) + tensor.rowBytes() + panels;
        return factors + Ranges.count(tensor.shape().elements()) * range;
    }

    private static int inputs(MergePlan plan) {
        return plan.tensors().stream()
                .mapToInt(tensor -> tensor.inputs().size())
                .max()
                .orElse(0);
    }
}
