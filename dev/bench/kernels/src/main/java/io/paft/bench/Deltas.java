package io.paft.bench;

import java.util.Random;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A base, two deltas as those of fine-tuning, and room for a result. */
@State(Scope.Benchmark)
public class Deltas {
    private static final float BASE = 0.02f;

    /** Elements: those of one of the engine's tiles, which fits the cache, and more than any cache holds. */
    @Param({"8192", "4194304"})
    public int elements;

    /** The base model's weights. */
    public float[] base = new float[0];

    /** A dense delta, as supervised training leaves it. */
    public float[] dense = new float[0];

    /** A delta of which 70 % is zero, as preference training leaves it. */
    public float[] sparse = new float[0];

    /** Gets results. */
    public float[] target = new float[0];

    /** Fills them with seeded numbers. */
    @Setup(Level.Trial)
    public void fill() {
        Random random = new Random(1);
        base = new float[elements];
        dense = new float[elements];
        sparse = new float[elements];
        target = new float[elements];
        for (int i = 0; i < elements; i++) {
            base[i] = BASE * (float) random.nextGaussian();
            dense[i] = 1e-3f * (float) random.nextGaussian();
            sparse[i] = random.nextInt(10) < 3 ? 3e-4f * (float) random.nextGaussian() : 0f;
        }
    }
}
