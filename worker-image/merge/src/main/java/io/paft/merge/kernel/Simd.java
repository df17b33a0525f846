package io.paft.merge.kernel;

/**
 * Whether kernels use the Vector API, or their scalar references with the same results.
 *
 * <p>Until the JVM has compiled a vector kernel, it runs a hundred times slower than the scalar one does. That takes a second or
 * two for each, more than a small merge needs from beginning to end.
 */
public final class Simd {
    /** True with {@code --add-modules jdk.incubator.vector} on the command line. */
    static final boolean AVAILABLE =
            ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    /** Elements of a merge from which vectors pay. */
    private static final long PAYS = Long.getLong("paft.merge.vectorsFrom", 1L << 26);

    /** Of the whole process: a merge beside another one can only become slower by it. */
    private static volatile boolean used = AVAILABLE;

    private Simd() {}

    /** Chooses for a merge of so many elements. */
    public static void choose(long elements) {
        used = AVAILABLE && elements >= PAYS;
    }

    /** True: vectors. */
    static boolean isUsed() {
        return used;
    }
}
