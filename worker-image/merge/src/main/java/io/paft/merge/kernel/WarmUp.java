package io.paft.merge.kernel;

import io.paft.merge.safetensors.Dtype;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Calls the vector kernels of a merge on a few elements until they are compiled. Threads that merge with kernels that are not
 * make them hot, but they also take the processor from the compiler: with two processors that costs a merge of a billion
 * elements a second.
 */
public final class WarmUp {
    /** What merges do, each with its kernels. */
    public enum Work {
        /** Reads bf16. */
        READ,
        /** Writes bf16. */
        WRITE,
        /** Reads bf16 and subtracts. */
        READ_DELTA,
        /** Reads bf16, and subtracts beside it. */
        READ_BOTH,
        /** Measures deltas. */
        REPORT,
        /** Measures what sparsifying left of deltas. */
        REPORT_KEPT,
        /** Measures what bf16 does not show of deltas. */
        REPORT_IN_BF16,
        /** The same with a base that is stored as bf16. */
        REPORT_ON_BF16,
        /** Counts who decides. */
        REPORT_DECISIONS,
        /** Elects signs. */
        ELECT,
        /** Keeps the largest magnitudes. */
        TRIM,
        /** Moves every element towards zero. */
        SHRINK,
        /** Multiplies the factors of adapters. */
        MULTIPLY
    }

    /** What a merge without deltas does not do. */
    private static final Set<Work> OF_DELTAS = Set.of(
            Work.REPORT,
            Work.REPORT_KEPT,
            Work.REPORT_IN_BF16,
            Work.REPORT_ON_BF16,
            Work.REPORT_DECISIONS,
            Work.ELECT,
            Work.TRIM,
            Work.SHRINK);

    private static final int ELEMENTS = 64;
    /** A compiled kernel takes less for so many elements, even if what calls it is not; another takes many times as long. */
    private static final long READY = TimeUnit.MICROSECONDS.toNanos(25);
    /** After so many calls every kernel waits for the compiler. */
    private static final int CALLS = 20;
    /** Whoever is not ready by then becomes it in the merge. */
    private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(1500);

    private static final float[] LIMITS = {1e-6f, 1e-5f, 1e-4f};
    private static final int RANK = 64;
    /** As many as are multiplied together, by a block of columns. */
    private static final int ROWS = 4;

    /** Without the options that let kernels be compiled early, calls would only take time. */
    private static final boolean PAYS = Boolean.getBoolean("paft.merge.warmUp");

    private WarmUp() {}

    /**
     * Warms up, where it pays, until it is done or the thread is interrupted.
     *
     * @param inputs number of inputs whose deltas are measured
     * @param elects true when the inputs elect a sign
     */
    public static void run(int inputs, boolean elects, Set<Work> work) {
        if (PAYS && Simd.isUsed()) {
            call(kernels(inputs, elects, work));
        }
    }

    /** Calls kernels until they are ready; returns how many are not. */
    static int call(List<Runnable> kernels) {
        List<Runnable> waiting = new ArrayList<>(kernels);
        long start = System.nanoTime();
        for (int call = 0; isToGoOn(waiting, start); call++) {
            for (Iterator<Runnable> all = waiting.iterator(); all.hasNext(); ) {
                long before = System.nanoTime();
                all.next().run();
                if (System.nanoTime() - before < READY) {
                    all.remove();
                }
            }
            if (call > CALLS) {
                // The processor is the compiler's.
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
            }
        }
        return waiting.size();
    }

    private static boolean isToGoOn(List<Runnable> waiting, long start) {
        return !waiting.isEmpty()
                && System.nanoTime() - start < PATIENCE
                && !Thread.currentThread().isInterrupted();
    }

    /** The kernels, on numbers as a merge has them. */
    static List<Runnable> kernels(int inputs, boolean elects, Set<Work> work) {
        List<Runnable> kernels = new ArrayList<>();
        Numbers numbers = new Numbers(inputs);
        work.stream()
                .filter(one -> inputs > 0 || !OF_DELTAS.contains(one))
                .forEach(one -> numbers.add(one, elects, kernels));
        return kernels;
    }

    /** Arrays for the kernels to work on. */
    private static final class Numbers {
        private final float[] base = filled(0.02f);
        private final float[][] deltas;
        private final float[] weights;
        private final float[] target = new float[ELEMENTS];
        private final Moments moments = new Moments(ELEMENTS);
        private final MemorySegment bytes = Arena.ofAuto().allocate((long) ELEMENTS * Short.BYTES);

        Numbers(int inputs) {
            deltas = new float[inputs][];
            weights = new float[inputs];
            Arrays.setAll(deltas, i -> filled(1e-3f / (i + 1)));
            Arrays.fill(weights, 0.5f);
        }

        void add(Work work, boolean elects, List<Runnable> kernels) {
            long[] counts = new long[deltas.length];
            switch (work) {
                case READ -> kernels.add(() -> FloatCodec.decode(bytes, Dtype.BF16, 0, ELEMENTS, target));
                case READ_DELTA ->
                    kernels.add(() -> FloatCodec.decodeMinus(bytes, Dtype.BF16, 0, ELEMENTS, base, target));
                case READ_BOTH ->
                    kernels.add(() ->
                            FloatCodec.decodeBoth(bytes, Dtype.BF16, 0, ELEMENTS, base, target, new float[ELEMENTS]));
                case WRITE -> kernels.add(() -> FloatCodec.encode(base, ELEMENTS, Dtype.BF16, bytes));
                case REPORT -> report(kernels);
                case REPORT_KEPT -> reportKept(kernels);
                case REPORT_IN_BF16 -> kernels.add(() -> Measure.countEqualInBf16(base, target, ELEMENTS));
                case REPORT_ON_BF16 -> reportOnBf16(kernels);
                case REPORT_DECISIONS ->
                    kernels.add(() -> Decisions.count(deltas, weights, elects, 0f, ELEMENTS, counts));
                case ELECT ->
                    kernels.add(() -> Combine.ties(base, deltas, weights, true, 1f, ELEMENTS, target, counts));
                case TRIM -> {
                    int bits = Float.floatToRawIntBits(5e-4f);
                    Window window = new Window(bits, 1 << 16);
                    kernels.add(() -> window.count(deltas[0], ELEMENTS));
                    kernels.add(() -> Trim.apply(deltas[0].clone(), ELEMENTS, bits, 0));
                    kernels.add(() -> Trim.countEqual(deltas[0], ELEMENTS, bits));
                }
                case SHRINK -> kernels.add(() -> Shrink.apply(deltas[0].clone(), ELEMENTS, 5e-4f));
                case MULTIPLY -> {
                    float[] factor = filled(0.1f, ROWS * RANK);
                    float[] product = new float[ROWS * LowRank.WIDTH];
                    float[] blocks = filled(0.1f, LowRank.WIDTH * RANK);
                    Shortlist list = new Shortlist();
                    kernels.add(() -> {
                        list.begin(Float.floatToRawIntBits(5e-4f), ELEMENTS, ELEMENTS);
                        list.add(base, ELEMENTS);
                    });
                    kernels.add(() -> {
                        list.rewind();
                        list.next(target, ELEMENTS);
                    });
                    kernels.add(
                            () -> LowRank.product(factor, blocks, RANK, LowRank.WIDTH, 1f, 0, product.length, product));
                }
            }
        }

        private void report(List<Runnable> kernels) {
            if (deltas.length == 2) {
                kernels.add(() -> moments.deltas(deltas[0], deltas[1], ELEMENTS, LIMITS));
            } else {
                kernels.add(() -> moments.delta(deltas[0], ELEMENTS, LIMITS));
                pair(kernels);
            }
            kernels.add(() -> moments.norms(base, ELEMENTS));
        }

        private void reportKept(List<Runnable> kernels) {
            if (deltas.length == 1) {
                kernels.add(() -> moments.norms(deltas[0], ELEMENTS));
            }
            pair(kernels);
        }

        private void pair(List<Runnable> kernels) {
            if (deltas.length > 1) {
                kernels.add(() -> moments.pair(deltas[0], deltas[1], ELEMENTS));
            }
        }

        private void reportOnBf16(List<Runnable> kernels) {
            if (deltas.length == 2) {
                kernels.add(() -> moments.base(base, deltas[0], deltas[1], ELEMENTS));
            } else {
                kernels.add(() -> Measure.countEqualInBf16(base, target, ELEMENTS));
            }
        }

        private static float[] filled(float scale) {
            return filled(scale, ELEMENTS);
        }

        /** Numbers of both signs between the scale and its negative. */
        private static float[] filled(float scale, int length) {
            float[] values = new float[length];
            for (int i = 0; i < length; i++) {
                values[i] = scale * (i * 37 % 91 - 45) / 45;
            }
            return values;
        }
    }
}
