package io.paft.merge.kernel;

import java.util.Arrays;

/**
 * Select, calculate, erase: takes the elements that vary most between the deltas, weights each delta by its mean square, and
 * adds those terms of an element that have the sign of its sum, as a mean by those weights.
 */
public final class Sce {
    private static final double SMALLEST_SUM = 1e-6;
    private static final int MAGNITUDE = 0x7fffffff;
    private static final int INFINITY = 0x7f800000;
    /** Elements done at once: what is kept of them between two steps stays in the processor's cache. */
    private static final int PIECE = 512;

    private Sce() {}

    /**
     * The population variance of each of the elements 0 to count - 1 over the deltas, formed in float64 and rounded once.
     *
     * @param inputs number of deltas
     * @param target gets it
     * @return how many are not zero
     */
    public static int variance(float[][] deltas, int inputs, int count, float[] target) {
        double[] mean = new double[PIECE];
        double[] squares = new double[PIECE];
        int found = 0;
        for (int from = 0; from < count; from += PIECE) {
            int length = Math.min(PIECE, count - from);
            mean(deltas, inputs, from, length, mean);
            squares(deltas, inputs, from, length, mean, squares);
            found += round(squares, inputs, from, length, target);
        }
        return found;
    }

    private static void mean(float[][] deltas, int inputs, int from, int length, double[] mean) {
        Arrays.fill(mean, 0);
        for (int input = 0; input < inputs; input++) {
            float[] delta = deltas[input];
            for (int i = 0; i < length; i++) {
                mean[i] += delta[from + i];
            }
        }
        for (int i = 0; i < length; i++) {
            mean[i] /= inputs;
        }
    }

    private static void squares(float[][] deltas, int inputs, int from, int length, double[] mean, double[] squares) {
        Arrays.fill(squares, 0);
        for (int input = 0; input < inputs; input++) {
            float[] delta = deltas[input];
            for (int i = 0; i < length; i++) {
                double distance = delta[from + i] - mean[i];
                squares[i] += distance * distance;
            }
        }
    }

    /** Returns how many are not zero. */
    private static int round(double[] squares, int inputs, int from, int length, float[] target) {
        for (int i = 0; i < length; i++) {
            target[from + i] = (float) (squares[i] / inputs);
        }
        int found = 0;
        for (int i = 0; i < length; i++) {
            found += -(Float.floatToRawIntBits(target[from + i]) & MAGNITUDE) >>> 31;
        }
        return found;
    }

    /** How many elements a share of those with a variance keeps: int(found * share), the product in float32 as in mergekit 0.1.5. */
    public static long selected(long found, double share) {
        return share <= 0 ? 0 : Math.min(found, (long) ((float) found * (float) share));
    }

    /** Sets to zero, in every delta, the elements whose variance was set to zero because it was not selected. */
    public static void select(float[][] deltas, int inputs, float[] variance, int count) {
        for (int input = 0; input < inputs; input++) {
            float[] delta = deltas[input];
            for (int i = 0; i < count; i++) {
                delta[i] = variance[i] == 0 ? 0f : delta[i];
            }
        }
    }

    /** The share of each delta in the sum of squares of all; equal shares when that sum is zero, for then nothing is added. */
    public static double[] weights(double[] squares) {
        double sum = Arrays.stream(squares).sum();
        double[] weights = new double[squares.length];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = sum == 0 ? 1.0 / weights.length : squares[i] / sum;
        }
        return weights;
    }

    /**
     * B + the mean by weight of those deltas that have the sign of their sum; a sum of zero counts as positive. In float64,
     * rounded once; the sum that elects the sign is float32, as in mergekit.
     */
    public static void combine(float[] base, float[][] deltas, double[] weights, int count, float[] target) {
        int[] negative = new int[PIECE];
        double[] sum = new double[PIECE];
        double[] kept = new double[PIECE];
        for (int from = 0; from < count; from += PIECE) {
            int length = Math.min(PIECE, count - from);
            elect(deltas, weights.length, from, length, negative);
            Arrays.fill(sum, 0);
            Arrays.fill(kept, 0);
            for (int input = 0; input < weights.length; input++) {
                add(deltas[input], weights[input], from, length, negative, sum, kept);
            }
            for (int i = 0; i < length; i++) {
                target[from + i] = (float) (base[from + i] + sum[i] / Math.max(kept[i], SMALLEST_SUM));
            }
        }
    }

    /** All ones where the sum is negative or NaN. */
    private static void elect(float[][] deltas, int inputs, int from, int length, int[] negative) {
        for (int i = 0; i < length; i++) {
            float elected = 0;
            for (int input = 0; input < inputs; input++) {
                elected += deltas[input][from + i];
            }
            negative[i] = elected >= 0 ? 0 : -1;
        }
    }

    /** Adds the terms whose sign is the elected one; without a branch, which nobody could predict. */
    private static void add(
            float[] delta, double weight, int from, int length, int[] negative, double[] sum, double[] kept) {
        long weightBits = Double.doubleToRawLongBits(weight);
        for (int i = 0; i < length; i++) {
            int bits = Float.floatToRawIntBits(delta[from + i]);
            int above = (bits & MAGNITUDE) - 1;
            // Zero lies below the range of magnitudes, and NaN above it.
            int agrees = ~above >> 31 & (above - INFINITY) >> 31 & ~(bits >> 31 ^ negative[i]);
            double own = Double.longBitsToDouble(weightBits & agrees);
            sum[i] += Float.intBitsToFloat(bits & agrees) * own;
            kept[i] += own;
        }
    }
}
