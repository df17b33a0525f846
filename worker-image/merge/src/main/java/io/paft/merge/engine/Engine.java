package io.paft.merge.engine;

import io.paft.merge.Failures;
import io.paft.merge.MergeException;
import io.paft.merge.Reason;
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
        this(options, new AtomicBoolean());
    }

    private Engine(Options options, AtomicBoolean failed) {
        this.options = options;
        this.failed = failed;
    }

    /** The same with another seed; stopping one stops the other. */
    public Engine withSeed(long seed) {
        return new Engine(
                new Options(options.threads(), options.memory(), options.shardSize(), seed, options.allowNan()),
                failed);
    }

    /** The same that goes on with NaN and infinities, and counts them; stopping one stops both. */
    public Engine allowingNan() {
        return new Engine(
                new Options(options.threads(), options.memory(), options.shardSize(), options.seed(), true), failed);
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
        int threads = options.threads();
        Kernels.ready(plan.of(tensors));
        Schedule schedule =
                new Schedule(IntStream.range(0, tensors.size()).boxed().toList(), most(plan));
        try (Arena arena = Arena.ofShared();
                ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            Sink sink = new Sink(output, progress, failed::get);
            Tiles tiles = new Tiles(inputs(plan), arena);
            List<Future<?>> workers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                workers.add(pool.submit(() -> {
                    work(tensors, sink, tiles, schedule);
                    return null;
                }));
            }
            await(workers);
        }
    }

    /**
     * Finds what must be known of whole models before any of their tensors can be merged.
     *
     * @param plan the whole merge, not a part of it
     * @param progress hears of what is read for it
     * @return the plan to run; the same when nothing is to be found
     * @throws MergeException InvalidParameter when the memory is too small; Stopped
     */
    public MergePlan prepare(MergePlan plan, Progress progress) {
        long each = plan.tensors().stream().mapToLong(Needs::ofOneRange).max().orElse(0);
        return ModelThresholds.resolve(plan, options.threads(), each, options.memory(), progress, failed::get);
    }

    private void work(List<TensorPlan> tensors, Sink sink, Tiles tiles, Schedule schedule)
            throws IOException, InterruptedException {
        for (Schedule.Piece piece = schedule.take(); piece != null; piece = schedule.take()) {
            Schedule.After after = Schedule.After.NOTHING;
            try {
                if (!failed.get()) {
                    after = work(piece, tensors, sink, tiles);
                }
            } catch (Throwable e) {
                failed.set(true);
                throw e;
            } finally {
                schedule.done(after);
            }
        }
        if (failed.get()) {
            sink.checkStopped();
        }
    }

    /** Does a piece of work on a tensor; returns what follows. */
    private Schedule.After work(Schedule.Piece piece, List<TensorPlan> tensors, Sink sink, Tiles tiles)
            throws IOException {
        TensorPlan tensor = tensors.get(piece.index());
        try {
            return switch (piece) {
                case Schedule.Piece.Tensor(int index) -> begin(tensor, index, sink, tiles);
                case Schedule.Piece.Range(int index, TensorRun run, int range) ->
                    run.work(range) ? goOn(tensor, index, run, sink, tiles) : Schedule.After.NOTHING;
            };
        } catch (InternalError e) {
            throw Failures.mapFault(e, tensor.name());
        }
    }

    private Schedule.After begin(TensorPlan tensor, int index, Sink sink, Tiles tiles) throws IOException {
        if (tensor.operation() instanceof Operation.PassThrough) {
            PassThroughCopy.copy(tensor, sink);
            sink.complete(tensor, MergeStatistics.empty(tensor.reported().length));
            return Schedule.After.CLOSED;
        }
        return pieces(index, new TensorRun(tensor, tiles, sink, options));
    }

    private static Schedule.After goOn(TensorPlan tensor, int index, TensorRun run, Sink sink, Tiles tiles)
            throws IOException {
        if (!run.isDone()) {
            return pieces(index, run);
        }
        tiles.giveBack(run.tiles());
        sink.complete(tensor, run.statistics());
        return Schedule.After.CLOSED;
    }

    private static Schedule.After pieces(int index, TensorRun run) {
        return new Schedule.After(
                IntStream.range(0, run.ranges())
                        .<Schedule.Piece>mapToObj(range -> new Schedule.Piece.Range(index, run, range))
                        .toList(),
                false);
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

    /** How many tensors have room at a time, each split as far as tensors are. */
    private int most(MergePlan plan) {
        long each = plan.tensors().stream()
                .mapToLong(tensor -> Needs.of(tensor, options.memory()))
                .max()
                .orElse(0);
        if (each == 0) {
            return 1;
        }
        long fit = options.memory() / each;
        if (fit < 1) {
            throw new MergeException(
                    Reason.InvalidParameter,
                    "a tensor needs " + each + " bytes of working memory, more than the " + options.memory()
                            + " allowed: raise --max-memory.");
        }
        return (int) Math.min(fit, Integer.MAX_VALUE);
    }

    private static int inputs(MergePlan plan) {
        return plan.tensors().stream()
                .mapToInt(tensor -> tensor.inputs().size())
                .max()
                .orElse(0);
    }
}
