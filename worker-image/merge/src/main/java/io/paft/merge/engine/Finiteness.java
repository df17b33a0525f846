package io.paft.merge.engine;

import io.paft.merge.MergeException;
import io.paft.merge.Reason;
import io.paft.merge.kernel.FloatCodec;
import io.paft.merge.report.NonFinite;
import io.paft.merge.safetensors.Dtype;
import java.lang.foreign.MemorySegment;

/** What to do with NaN and infinities in one tensor: refuse the first by name, or count them all. */
final class Finiteness {
    private final TensorPlan plan;
    private final boolean allowed;
    private final NonFinite counts;

    Finiteness(TensorPlan plan, boolean allowed, NonFinite counts) {
        this.plan = plan;
        this.allowed = allowed;
        this.counts = counts;
    }

    /**
     * Takes a tile of the delta of an input whose sums, or those of the base, are not finite any more.
     *
     * @param reported index of the input in the statistics
     * @throws MergeException ModelInvalid unless they are allowed
     */
    void input(int reported, float[] delta, float[] base, int count) {
        if (!allowed) {
            throw refused("the delta of "
                    + plan.inputs().get(plan.reported()[reported]).model() + " goes beyond float32");
        }
        counts.addInput(reported, count(delta, base, count));
    }

    /**
     * Takes a tile of the result that has some; makes every NaN the same NaN, whatever instruction made it.
     *
     * @param start index of its first element
     * @param encoded gets the bytes once more
     * @throws MergeException ModelInvalid unless they are allowed
     */
    void result(float[] output, long start, int count, MemorySegment encoded) {
        Dtype dtype = plan.dtype();
        if (!allowed) {
            int index = 0;
            while (Float.isFinite(written(output[index], dtype))) {
                index++;
            }
            String hint = dtype == Dtype.F16 ? " (float16 ends at 65504; bfloat16 and float32 go further)" : "";
            throw refused("element " + (start + index) + " of the result is " + written(output[index], dtype) + " as "
                    + dtype.torchName() + hint);
        }
        long found = 0;
        for (int i = 0; i < count; i++) {
            if (Float.isNaN(output[i])) {
                output[i] = Float.NaN;
            }
            found += Float.isFinite(written(output[i], dtype)) ? 0 : 1;
        }
        FloatCodec.encode(output, count, dtype, encoded);
        counts.addResult(found);
    }

    /** The input that has the first, else what else is wrong. */
    private MergeException refused(String otherwise) {
        String what = NonFiniteSearch.first(plan).orElse(otherwise);
        return new MergeException(
                Reason.ModelInvalid,
                "tensor " + plan.name() + ": " + what
                        + ". Repair the model, or go on all the same: --allow-nan; in a pipeline spec.merge.allowNaN: true.");
    }

    /** One of the base counts too where the delta is an adapter's own product, which does not show it. */
    private static long count(float[] delta, float[] base, int count) {
        long found = 0;
        for (int i = 0; i < count; i++) {
            found += Float.isFinite(delta[i]) && Float.isFinite(base[i]) ? 0 : 1;
        }
        return found;
    }

    private static float written(float value, Dtype dtype) {
        return switch (dtype) {
            case F16 -> Float.float16ToFloat(Float.floatToFloat16(value));
            case BF16 -> Float.intBitsToFloat(FloatCodec.bf16(value) << 16);
            default -> value;
        };
    }
}
