package io.paft.merge.kernel;

import java.util.Arrays;

/**
 * Fuses inputs element by element, all in float32 and in the order of the inputs. The formulas are those of mergekit
 * 0.1.5; W is an input, B the base, d = W - B a delta, w a weight.
 */
public final class Combine {
    private static final float SMALLEST_SUM = 1e-8f;
    private static final int MAGNITUDE = 0x7fffffff;
    private static final int ONE = Float.floatToRawIntBits(1f);

    private Combine() {}

    /** d = W - B for elements 0 to count - 1. */
    public static void subtract(float[] values, float[] base, int count, float[] target) {
        for (int i = 0; i < count; i++) {
            target[i] = values[i] - base[i];
        }
    }

    /**
     * Linear: sum of w W, divided by the sum of w when {@code normalize}. Products are added without rounding them first
     * (fused multiply-add), as mergekit 0.1.5 does for this method and for no other.
     *
     * @param values per input, elements 0 to count - 1
     * @param weights one per input; when they are normalised their sum is not zero
     */
    public static void linear(float[][] values, float[] weights, boolean normalize, int count, float[] target) {
        Arrays.fill(target, 0, count, 0f);
        for (int input = 0; input < weights.length; input++) {
            float weight = weights[input];
            float[] source = values[input];
            for (int i = 0; i < count; i++) {
                target[i] = Math.fma(weight, source[i], target[i]);
            }
        }
        if (normalize) {
            float sum = sum(weights);
            for (int i = 0; i < count; i++) {
                target[i] /= sum;
            }
        }
    }

    /**
     * Task arithmetic: B + lambda * sum of w d, the sum divided by the sum of w when {@code normalize} (by 1 when that
     * sum is nearer to zero than 1e-8).
     */
    public static void taskArithmetic(
            float[] base,
            float[][] deltas,
            float[] weights,
            boolean normalize,
            float lambda,
            int count,
            float[] target) {
        weightedSum(deltas, weights, count, target);
        float sum = sum(weights);
        float divisor = normalize && Math.abs(sum) >= SMALLEST_SUM ? sum : 1f;
        for (int i = 0; i < count; i++) {
            target[i] = base[i] + target[i] / divisor * lambda;
        }
    }

    /**
     * TIES after trimming: elects per element the sign of the sum of w d (a sum of zero counts as positive), adds the
     * terms of that sign, divides by the sum of their weights when {@code normalize} (by 1 when that sum is zero).
     * A term of zero is never kept.
     *
     * @param sums working memory for count elements
     * @param kept working memory for count elements
     */
    public static void ties(
            float[] base,
            float[][] deltas,
            float[] weights,
            boolean normalize,
            float lambda,
            int count,
            float[] target,
            float[] sums,
            float[] kept) {
        weightedSum(deltas, weights, count, target);
        Arrays.fill(sums, 0, count, 0f);
        Arrays.fill(kept, 0, count, 0f);
        for (int input = 0; input < weights.length; input++) {
            addAgreeing(deltas[input], weights[input], target, count, sums, kept);
        }
        int always = normalize ? 0 : -1;
        for (int i = 0; i < count; i++) {
            int bits = Float.floatToRawIntBits(kept[i]);
            int zero = ~(-(bits & MAGNITUDE) >> 31) | always;
            float divisor = Float.intBitsToFloat((bits & ~zero) | (ONE & zero));
            target[i] = base[i] + sums[i] / divisor * lambda;
        }
    }

    /** Without branches: where term and elected sum have one sign and the term is not zero, it and its weight count. */
    private static void addAgreeing(
            float[] delta, float weight, float[] elected, int count, float[] sums, float[] kept) {
        int weightBits = Float.floatToRawIntBits(weight);
        for (int i = 0; i < count; i++) {
            int term = Float.floatToRawIntBits(weight * delta[i]);
            // Adding zero makes of a sum of minus zero a plus.
            int sign = Float.floatToRawIntBits(elected[i] + 0f);
            int keep = (~(term ^ sign) & -(term & MAGNITUDE)) >> 31;
            sums[i] += Float.intBitsToFloat(term & keep);
            kept[i] += Float.intBitsToFloat(weightBits & keep);
        }
    }

    /** The sum of the weights in float32, in order. */
    public static float sum(float[] weights) {
        float sum = 0;
        for (float weight : weights) {
            sum += weight;
        }
        return sum;
    }

    private static void weightedSum(float[][] values, float[] weights, int count, float[] target) {
        for (int input = 0; input < weights.length; input++) {
            float weight = weights[input];
            float[] source = values[input];
            if (input == 0) {
                for (int i = 0; i < count; i++) {
                    target[i] = weight * source[i];
                }
            } else {
                for (int i = 0; i < count; i++) {
                    target[i] += weight * source[i];
                }
            }
        }
    }
}
