package io.paft.bench;

import io.paft.merge.kernel.Shrink;
import io.paft.merge.kernel.Threshold;
import io.paft.merge.kernel.TopK;
import io.paft.merge.kernel.Trim;
import io.paft.merge.kernel.Window;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Finds the k-th largest magnitude, and drops what is below it. Those that drop copy the delta first. */
public class SparsifyBench {
    /** The threshold of the dense delta at density 0.2, and counters around it. */
    @State(Scope.Benchmark)
    public static class At20Percent {
        private static final int SPAN = 1 << 16;

        final TopK counter = new TopK();
        Threshold threshold = Threshold.NOTHING;
        Window window = new Window(0, 1);

        /** Finds it. */
        @Setup(Level.Trial)
        public void find(Deltas deltas) {
            counter.countHigh(deltas.dense, deltas.elements);
            counter.chooseBin(deltas.elements / 5);
            counter.countLow(deltas.dense, deltas.elements);
            threshold = counter.threshold();
        }

        /** A counter of the magnitudes around the threshold that is new, for its counts must not overflow. */
        @Setup(Level.Iteration)
        public void open() {
            window = new Window(threshold.bits() - SPAN / 2, SPAN);
        }
    }

    /** First pass of two; has no twin. */
    @Benchmark
    public TopK topKHigh(Deltas deltas, At20Percent at) {
        at.counter.countHigh(deltas.dense, deltas.elements);
        return at.counter;
    }

    /** Second pass of two. */
    @Benchmark
    public TopK topKLow(Deltas deltas, At20Percent at) {
        at.counter.countLow(deltas.dense, deltas.elements);
        return at.counter;
    }

    /** The one pass that is enough when a sample told where to look. */
    @Benchmark
    public Window window(Deltas deltas, At20Percent at) {
        at.window.count(deltas.dense, deltas.elements);
        return at.window;
    }

    /** How many are at the threshold. */
    @Benchmark
    public int countEqual(Deltas deltas, At20Percent at) {
        return Trim.countEqual(deltas.dense, deltas.elements, at.threshold.bits());
    }

    /** Drops what is below the threshold. */
    @Benchmark
    public long trim(Deltas deltas, At20Percent at) {
        System.arraycopy(deltas.dense, 0, deltas.target, 0, deltas.elements);
        return Trim.apply(deltas.target, deltas.elements, at.threshold.bits(), 0);
    }

    /** The soft threshold. */
    @Benchmark
    public int shrink(Deltas deltas, At20Percent at) {
        System.arraycopy(deltas.dense, 0, deltas.target, 0, deltas.elements);
        return Shrink.apply(deltas.target, deltas.elements, Float.intBitsToFloat(at.threshold.bits()));
    }
}
