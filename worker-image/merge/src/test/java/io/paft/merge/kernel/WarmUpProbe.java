package io.paft.merge.kernel;

import com.sun.management.ThreadMXBean;
import io.paft.merge.kernel.WarmUp.Work;
import java.lang.management.ManagementFactory;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process of its own for {@link WarmUpTest}: counts the kernels in which vectors stay objects. */
final class WarmUpProbe {
    /** What a kernel may allocate in a call: an array or two, but not the objects of all its vectors. */
    private static final long BYTES = 4096;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private WarmUpProbe() {}

    public static void main(String[] arguments) {
        Simd.choose(Long.MAX_VALUE);
        int objects = 0;
        for (int inputs = 1; inputs <= 3; inputs++) {
            for (boolean elects : new boolean[] {false, true}) {
                List<Runnable> kernels = WarmUp.kernels(inputs, elects, EnumSet.allOf(Work.class));
                WarmUp.call(kernels);
                for (Runnable kernel : kernels) {
                    objects += allocates(kernel) ? 1 : 0;
                }
            }
        }
        System.out.println("with objects: " + objects);
    }

    /** False as soon as a call allocates little; a busy machine compiles late. */
    private static boolean allocates(Runnable kernel) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        do {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            kernel.run();
            if (THREADS.getCurrentThreadAllocatedBytes() - before < BYTES) {
                return false;
            }
        } while (System.nanoTime() < end);
        return true;
    }
}
