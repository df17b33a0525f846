package io.paft.merge.engine;

import io.paft.merge.safetensors.Dtype;
import java.util.Locale;

/** How far apart two merges are, over the elements that are at no threshold, in units in the last place of their type. */
final class ParityDistance {
    private long elements;
    private long left;
    private long equal;
    private long neighbours;
    private long worst;

    void add(float[] ours, float[] theirs, TensorPlan plan) {
        boolean[] arbitrary = ParityElements.atThreshold(plan);
        for (int i = 0; i < arbitrary.length; i++) {
            if (arbitrary[i]) {
                left++;
                continue;
            }
            long units = Math.abs(ordered(ours[i], plan.dtype()) - ordered(theirs[i], plan.dtype()));
            elements++;
            equal += units == 0 ? 1 : 0;
            neighbours += units == 1 ? 1 : 0;
            worst = Math.max(worst, units);
        }
    }

    long elements() {
        return elements;
    }

    long equal() {
        return equal;
    }

    long worst() {
        return worst;
    }

    String text() {
        return String.format(
                Locale.ROOT,
                "%d elements (%d more at a threshold), %.2f %% equal, %.2f %% one unit apart, at most %d units",
                elements,
                left,
                100.0 * equal / elements,
                100.0 * neighbours / elements,
                worst);
    }

    /** The number of a value among those of its type, so that neighbours differ by 1. */
    private static long ordered(float value, Dtype dtype) {
        int bits = switch (dtype) {
            case BF16 -> Float.floatToRawIntBits(value) >> 16;
            case F16 -> Float.floatToFloat16(value);
            default -> Float.floatToRawIntBits(value);
        };
        long negativeZero = dtype == Dtype.F32 ? Integer.MIN_VALUE : Short.MIN_VALUE;
        return bits < 0 ? negativeZero - bits : bits;
    }
}
