package io.paft.bench;

import io.paft.merge.kernel.RowRanks;
import io.paft.merge.kernel.Sce;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What only one method does: the variances and the mean of sce, the ranks of della. None has a twin. */
public class MethodBench {
    private static final double[] WEIGHTS = {0.7, 0.3};

    /** A row of the length that most have, drawn again and again. */
    @State(Scope.Benchmark)
    public static class Row {
        static final int COLUMNS = 2048;

        final RowRanks ranks = new RowRanks(COLUMNS);
        final float[] row = new float[COLUMNS];

        /** Takes the rows of a delta one by one. */
        void drawAll(float[] delta, int elements, float[] target) {
            for (int start = 0; start < elements; start += COLUMNS) {
                System.arraycopy(delta, start, row, 0, COLUMNS);
                ranks.load(row, 0, COLUMNS);
                ranks.draw(1, start, 0.4, 0.15);
                ranks.apply(row, 0, 0, COLUMNS);
                System.arraycopy(row, 0, target, start, COLUMNS);
            }
        }
    }

    /** Room for variances. */
    @State(Scope.Benchmark)
    public static class Variances {
        float[] variance = new float[0];

        /** Makes it. */
        @Setup(Level.Trial)
        public void make(Deltas deltas) {
            variance = new float[deltas.elements];
        }
    }

    /** The variance of each element between two deltas. */
    @Benchmark
    public int sceVariance(Deltas deltas, Variances variances) {
        float[][] both = {deltas.dense, deltas.sparse};
        return Sce.variance(both, 2, deltas.elements, variances.variance);
    }

    /** The mean of those of the elected sign. */
    @Benchmark
    public float[] sceCombine(Deltas deltas) {
        float[][] both = {deltas.dense, deltas.sparse};
        Sce.combine(deltas.base, both, WEIGHTS, deltas.elements, deltas.target);
        return deltas.target;
    }

    /** Keeps elements of a dense delta by their ranks in rows of 2,048. */
    @Benchmark
    public float[] dellaDense(Deltas deltas, Row row) {
        row.drawAll(deltas.dense, deltas.elements, deltas.target);
        return deltas.target;
    }

    /** The same of a delta that is mostly zero. */
    @Benchmark
    public float[] dellaSparse(Deltas deltas, Row row) {
        row.drawAll(deltas.sparse, deltas.elements, deltas.target);
        return deltas.target;
    }
}
