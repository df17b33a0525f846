package io.paft.merge.kernel;

import java.util.Arrays;

/**
 * Fuses inputs element by element, all in float32 and in the order of the inputs. The formulas are those of mergekit
 * 0.1.5; W is an input, B the base, d = W - B a delta, w a weight.
 */
public final class Combine {
    private static final float SMALLEST_SUM = 1e-8f;

    private static final float SMALLEST_DISTANCE = 1e-6f;

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
     * A term of zero is never kept. Counts on the way who decides an element, as {@link Decisions} does.
     *
     * @param alone gets, for each input, the number of elements where only its term survives
     * @return the number of elements where no term survives
     */
    public static int ties(
            float[] base,
            float[][] deltas,
            float[] weights,
            boolean normalize,
            float lambda,
            int count,
            float[] target,
            long[] alone) {
        int done = 0;
        int none = 0;
        if (Simd.isUsed()) {
            int whole = VectorReport.whole(count);
            if (weights.length == 2) {
                none = VectorTies.ofTwo(base, deltas, weights, normalize, lambda, whole, target, alone);
            } else {
                VectorTies.ofMany(base, deltas, weights, normalize, lambda, whole, target);
                none = VectorReport.decisions(deltas, weights, true, 0f, whole, alone);
            }
            done = none < 0 ? 0 : whole;
        }
        for (int i = done; i < count; i++) {
            target[i] = base[i] + ties(deltas, weights, normalize, i) * lambda;
        }
        return Math.max(none, 0) + Decisions.count(deltas, weights, true, 0f, done, count, alone);
    }

    /** The reference: the fused delta of one element. */
    private static float ties(float[][] deltas, float[] weights, boolean normalize, int i) {
        float elected = weights[0] * deltas[0][i];
        for (int input = 1; input < weights.length; input++) {
            elected += weights[input] * deltas[input][i];
        }
        float sum = 0;
        float kept = 0;
        for (int input = 0; input < weights.length; input++) {
            float term = weights[input] * deltas[input][i];
            if (elected >= 0 ? term > 0 : term < 0) {
                sum += term;
                kept += weights[input];
            }
        }
        return sum / (normalize && kept != 0 ? kept : 1f);
    }

    /** NearSwap: w W + (1 - w) B with w = t times the reciprocal of |B - W|, at least 0 and at most 1 (a distance below 1e-6 counts as 1e-6). */
    public static void nearSwap(float[] base, float[] values, float t, int count, float[] target) {
        for (int i = 0; i < count; i++) {
            float distance = Math.max(Math.abs(base[i] - values[i]), SMALLEST_DISTANCE);
            float weight = Math.max(0f, Math.min(1f, 1f / distance * t));
            target[i] = weight * values[i] + (1 - weight) * base[i];
        }
    }

    /** W times a number; a factor of 1 changes no bit. */
    public static void scale(float[] values, float scale, int count, float[] target) {
        for (int i = 0; i < count; i++) {
            target[i] = values[i] * scale;
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
        if (weights.length == 0) {
            Arrays.fill(target, 0, count, 0f);
        }
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
