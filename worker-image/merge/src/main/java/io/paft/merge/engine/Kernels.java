package io.paft.merge.engine;

import io.paft.merge.checkpoint.Weights;
import io.paft.merge.kernel.Simd;
import io.paft.merge.kernel.WarmUp;
import io.paft.merge.kernel.WarmUp.Work;
import io.paft.merge.safetensors.Dtype;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;

/** Gets the kernels ready for a merge: those that pay for its size, and of these the ones that it will use. */
final class Kernels {
    private Kernels() {}

    /** Kernels that get ready on a thread of their own. */
    record Warming(Thread thread) implements AutoCloseable {
        /** Waits for them. */
        void await() {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        /** Leaves those alone that are not ready. */
        @Override
        public void close() {
            thread.interrupt();
            await();
        }
    }

    /** Begins while other things are done that take one thread, for a plan that may not be all left to do. */
    static Warming begin(MergePlan plan) {
        return new Warming(Thread.ofPlatform().name("kernels").daemon().start(() -> ready(plan)));
    }

    /** Before the first tensor of a plan. */
    static void ready(MergePlan plan) {
        Simd.choose(plan.elements());
        Set<Work> work = EnumSet.noneOf(Work.class);
        plan.tensors().forEach(tensor -> add(tensor, work));
        boolean elects = plan.tensors().stream().map(TensorPlan::operation).anyMatch(Operation::elects);
        WarmUp.run(plan.reported().size(), elects, work);
    }

    private static void add(TensorPlan tensor, Set<Work> work) {
        if (tensor.operation() instanceof Operation.PassThrough) {
            return;
        }
        if (tensor.dtype() == Dtype.BF16) {
            work.add(Work.WRITE);
        }
        report(tensor, work);
        if (tensor.operation() instanceof Operation.Ties) {
            work.add(Work.ELECT);
        }
        for (TensorPlan.Input input : tensor.inputs()) {
            if (input.weights().dtype() == Dtype.BF16) {
                work.add(Work.READ);
                if (tensor.base() != null) {
                    work.add(tensor.needsValues() ? Work.READ_BOTH : Work.READ_DELTA);
                }
            }
            if (input.weights() instanceof Weights.Adapted) {
                work.add(Work.MULTIPLY);
            }
            add(input.sparsifier().rule(), work);
        }
    }

    private static void report(TensorPlan tensor, Set<Work> work) {
        int[] reported = tensor.reported();
        if (reported.length == 0) {
            return;
        }
        work.add(Work.REPORT);
        if (Measurement.sparsifies(tensor)) {
            work.add(Work.REPORT_KEPT);
        }
        if (Measurement.countsDecisions(tensor)) {
            work.add(Work.REPORT_DECISIONS);
        }
        if (!Arrays.stream(reported).allMatch(tensor::isOfBf16)) {
            work.add(tensor.isBaseOfBf16() ? Work.REPORT_ON_BF16 : Work.REPORT_IN_BF16);
        }
    }

    private static void add(Sparsifier rule, Set<Work> work) {
        if (rule instanceof Sparsifier.All) {
            return;
        }
        switch (rule) {
            case Sparsifier.Magnitude magnitude -> work.add(Work.TRIM);
            case Sparsifier.Outliers outliers -> work.add(Work.TRIM);
            case Sparsifier.Cut cut -> work.add(Work.TRIM);
            case Sparsifier.L1 l1 -> work.add(Work.SHRINK);
            case Sparsifier.L1ToDensity l1 -> {
                work.add(Work.TRIM);
                work.add(Work.SHRINK);
            }
            default -> {}
        }
    }
}
