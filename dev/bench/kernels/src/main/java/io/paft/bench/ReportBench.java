package io.paft.bench;

import io.paft.merge.kernel.Decisions;
import io.paft.merge.kernel.Largest;
import io.paft.merge.kernel.Measure;
import io.paft.merge.kernel.Moments;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What the report, slerp and the methods like it count and sum. */
public class ReportBench {
    private static final float[] LIMITS = {1e-6f, 1e-5f, 1e-4f};
    private static final float[] TWO = {1f, 0.5f};
    private static final float[] THREE = {1f, 0.5f, 0.3f};

    /** The dot product in float64, of which lengths and angles are made. */
    @Benchmark
    public double dot(Deltas deltas) {
        return Measure.dot(deltas.base, deltas.dense, deltas.elements);
    }

    /** Sum of magnitudes in float64. */
    @Benchmark
    public double sumOfMagnitudes(Deltas deltas) {
        return Measure.sumOfMagnitudes(deltas.dense, deltas.elements);
    }

    /** How many are at most 1e-5. */
    @Benchmark
    public int countAtMost(Deltas deltas) {
        return Measure.countAtMost(deltas.dense, deltas.elements, 1e-5f);
    }

    /** How many change nothing in bf16. */
    @Benchmark
    public int countEqualInBf16(Deltas deltas) {
        return Measure.countEqualInBf16(deltas.base, deltas.dense, deltas.elements);
    }

    /** How many go the same way. */
    @Benchmark
    public int countSame(Deltas deltas) {
        return Measure.countSame(deltas.dense, deltas.sparse, deltas.elements);
    }

    /** How many go opposite ways. */
    @Benchmark
    public int countOpposite(Deltas deltas) {
        return Measure.countOpposite(deltas.dense, deltas.sparse, deltas.elements);
    }

    /** Working memory of what measures. */
    @State(Scope.Thread)
    public static class Room {
        private Moments moments = new Moments(0);
        /** The base as bf16 has it. */
        private float[] stored = {};

        /** For as many elements. */
        @Setup(Level.Trial)
        public void make(Deltas deltas) {
            moments = new Moments(deltas.elements);
            stored = new float[deltas.elements];
            for (int i = 0; i < stored.length; i++) {
                stored[i] = Float.intBitsToFloat(Float.floatToRawIntBits(deltas.base[i]) & 0xffff0000);
            }
        }
    }

    /** Counts and norms of one delta. */
    @Benchmark
    public Moments.Delta momentsOfADelta(Deltas deltas, Room room) {
        return room.moments.delta(deltas.dense, deltas.elements, LIMITS);
    }

    /** Sums of magnitudes and squares. */
    @Benchmark
    public Moments.Norms momentsOfValues(Deltas deltas, Room room) {
        return room.moments.norms(deltas.base, deltas.elements);
    }

    /** What the report has of a pair of deltas. */
    @Benchmark
    public Moments.Pair momentsOfAPair(Deltas deltas, Room room) {
        return room.moments.pair(deltas.dense, deltas.sparse, deltas.elements);
    }

    /** The same, and what it has of each. */
    @Benchmark
    public Moments.Deltas momentsOfTwoDeltas(Deltas deltas, Room room) {
        return room.moments.deltas(deltas.dense, deltas.sparse, deltas.elements, LIMITS);
    }

    /** What it has of the base, and what two deltas do not change in bf16. */
    @Benchmark
    public Moments.Base momentsOfABase(Deltas deltas, Room room) {
        return room.moments.base(room.stored, deltas.dense, deltas.sparse, deltas.elements);
    }

    /** The largest magnitude. */
    @Benchmark
    public float largest(Deltas deltas) {
        return Largest.magnitude(deltas.dense, deltas.elements);
    }

    /** Who decides an element, of two that elect a sign. */
    @Benchmark
    public int decisionsOfTwoElected(Deltas deltas) {
        float[][] both = {deltas.dense, deltas.sparse};
        return Decisions.count(both, TWO, true, 0f, deltas.elements, new long[2]);
    }

    /** Who decides an element, of two that do not. */
    @Benchmark
    public int decisionsOfTwo(Deltas deltas) {
        float[][] both = {deltas.dense, deltas.sparse};
        return Decisions.count(both, TWO, false, 0f, deltas.elements, new long[2]);
    }

    /** Who decides an element, of three that elect a sign. */
    @Benchmark
    public int decisionsOfThreeElected(Deltas deltas) {
        float[][] all = {deltas.dense, deltas.sparse, deltas.base};
        return Decisions.count(all, THREE, true, 0f, deltas.elements, new long[3]);
    }
}
