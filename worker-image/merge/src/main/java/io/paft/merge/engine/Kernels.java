package io.paft.merge.engine;

import io.paft.merge.checkpoint.Weights;
import io.paft.merge.kernel.Simd;
import io.paft.merge.kernel.WarmUp;
import io.paft.merge.kernel.WarmUp.Work;
import io.paft.merge.safetensors.Dtype;
import java.util.EnumSet;
import java.util.Set;

/** Gets the kernels ready for a merge: those that pay for its size, and of these the ones that it will use. */
final class Kernels {
    private Kernels() {}

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
        if (tensor.reported().length > 0) {
            work.add(Work.REPORT);
        }
        if (tensor.operation() instanceof Operation.Ties) {
            work.add(Work.ELECT);
        }
        for (TensorPlan.Input input : tensor.inputs()) {
            if (input.weights().dtype() == Dtype.BF16) {
                work.add(Work.READ);
            }
            if (input.weights() instanceof Weights.Adapted) {
                work.add(Work.MULTIPLY);
            }
            add(input.sparsifier().rule(), work);
        }
    }

    private static void add(Sparsifier rule, Set<Work> work) {
        if (rule instanceof Sparsifier.All) {
            return;
        }
        work.add(Work.REPORT_SPARSE);
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
