package io.paft.merge.engine;

import io.paft.merge.safetensors.Dtype;
import java.util.Locale;

/**
 * How far apart two merges are, over the elements that are at no threshold.
 *
 * <p>In units in the last place of their type, whose neighbours differ by 1; and beyond one such unit, in units in the last place
 * of float32 of the largest addend. An element in which addends cancel is near zero: there a unit of its own is smaller than
 * the rounding of what was added, and only the second measure says anything.
 */
final class ParityDistance {
    private long elements;
    private long left;
    private long equal;
    private long neighbours;
    private long worst;
    private double worstRounding;

    void add(float[] ours, float[] theirs, TensorPlan plan) {
        boolean[] arbitrary = ParityElements.atThreshold(plan);
        float[] addends = ParityElements.largestAddend(plan, theirs);
        for (int i = 0; i < arbitrary.length; i++) {
            if (arbitrary[i]) {
                left++;
                continue;
            }
            long units = units(ours[i], theirs[i], plan.dtype());
            elements++;
            equal += units == 0 ? 1 : 0;
            neighbours += units == 1 ? 1 : 0;
            worst = Math.max(worst, units);
            worstRounding =
                    Math.max(worstRounding, beyondOneUnit(ours[i], theirs[i], plan.dtype()) / Math.ulp(addends[i]));
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

    /** What the largest difference has beyond one unit of the output's type, in float32 units of the largest addend. */
    double worstRounding() {
        return worstRounding;
    }

    String text() {
        return String.format(
                Locale.ROOT,
                "%d elements (%d more at a threshold), %.2f %% equal, %.2f %% one unit apart, at most %d units,"
                        + " beyond one at most %.2f of the largest addend",
                elements,
                left,
                100.0 * equal / elements,
                100.0 * neighbours / elements,
                worst,
                worstRounding);
    }

    /** How many values of the type lie between two of them, and one. */
    static long units(float ours, float theirs, Dtype dtype) {
        return Math.abs(ordered(ours, dtype) - ordered(theirs, dtype));
    }

    private static double beyondOneUnit(float ours, float theirs, Dtype dtype) {
        float larger = Math.max(Math.abs(ours), Math.abs(theirs));
        // The values of a type below another of the same sign: its own distance from its neighbour towards zero.
        double unit = larger - value(ordered(larger, dtype) - 1, dtype);
        return Math.max(0, Math.abs((double) ours - theirs) - (larger == 0 ? 0 : unit));
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

    /** The value with a number of 0 or more. */
    private static double value(long ordered, Dtype dtype) {
        return switch (dtype) {
            case BF16 -> Float.intBitsToFloat((int) ordered << 16);
            case F16 -> Float.float16ToFloat((short) ordered);
            default -> Float.intBitsToFloat((int) ordered);
        };
    }
}
