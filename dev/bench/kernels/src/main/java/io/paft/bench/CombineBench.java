package io.paft.bench;

import io.paft.merge.kernel.Combine;
import io.paft.merge.kernel.LowRank;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What makes the merged weights: sums of deltas with and without the election of a sign, and the delta of an adapter. */
public class CombineBench {
    private static final float[] TWO = {1f, 0.5f};
    private static final float[] THREE = {1f, 0.5f, 0.3f};

    /** The factors of an adapter of rank 64, for rows of 1024 elements. */
    @State(Scope.Benchmark)
    public static class Adapter {
        static final int RANK = 64;
        static final int COLUMNS = 1024;

        float[] left = new float[0];
        float[] blocks = new float[0];

        /** Fills them. */
        @Setup(Level.Trial)
        public void fill(Deltas deltas) {
            left = java.util.Arrays.copyOf(deltas.dense, deltas.elements / COLUMNS * RANK);
            float[] right = new float[RANK * COLUMNS];
            for (int i = 0; i < right.length; i++) {
                right[i] = deltas.dense[i % deltas.elements];
            }
            blocks = LowRank.blocks(right, RANK, COLUMNS, false);
        }
    }

    /** W - B; has no twin, the compiler makes vectors of it. */
    @Benchmark
    public float[] subtract(Deltas deltas) {
        Combine.subtract(deltas.dense, deltas.base, deltas.elements, deltas.target);
        return deltas.target;
    }

    /** B + a sum of two deltas; has no twin. */
    @Benchmark
    public float[] taskArithmetic(Deltas deltas) {
        float[][] both = {deltas.dense, deltas.sparse};
        Combine.taskArithmetic(deltas.base, both, TWO, false, 1f, deltas.elements, deltas.target);
        return deltas.target;
    }

    /** Elects a sign between two deltas, adds those of that sign. */
    @Benchmark
    public float[] tiesOfTwo(Deltas deltas) {
        float[][] both = {deltas.dense, deltas.sparse};
        Combine.ties(deltas.base, both, TWO, true, 1f, deltas.elements, deltas.target, new long[2]);
        return deltas.target;
    }

    /** The same of three. */
    @Benchmark
    public float[] tiesOfThree(Deltas deltas) {
        float[][] all = {deltas.dense, deltas.sparse, deltas.base};
        Combine.ties(deltas.base, all, THREE, true, 1f, deltas.elements, deltas.target, new long[3]);
        return deltas.target;
    }

    /** The product of the factors of an adapter: 64 multiplications and additions for each element. */
    @Benchmark
    public float[] lowRank(Deltas deltas, Adapter adapter) {
        LowRank.product(
                adapter.left, adapter.blocks, Adapter.RANK, Adapter.COLUMNS, 2f, 0, deltas.elements, deltas.target);
        return deltas.target;
    }
}
