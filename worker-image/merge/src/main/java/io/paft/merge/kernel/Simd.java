package io.paft.merge.kernel;

/** Whether the Vector API can be used: with {@code --add-modules jdk.incubator.vector} on the command line. */
final class Simd {
    /** False: the scalar references do all the work, with the same results. */
    static final boolean AVAILABLE =
            ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    private Simd() {}
}
