package io.paft.merge.kernel;

import java.util.Arrays;

/**
 * Select, calculate, erase: takes the elements that vary most between the deltas, weights each delta by its mean square, and
 * adds those terms of an element that have the sign of its sum, as a mean by those weights.
 */
public final class Sce {
    private static final double SMALLEST_SUM = 1e-6;

    private Sce() {}

    /**
     * The population variance of each of the elements 0 to count - 1 over the deltas, formed in float64 and rounded once.
     *
     * @param inputs number of deltas
     * @param target gets it
     * @return how many are not zero
     */
    public static int variance(float[][] deltas, int inputs, int count, float[] target) {
        int found = 0;
        for (int i = 0; i < count; i++) {
            double mean = 0;
            for (int input = 0; input < inputs; input++) {
                mean += deltas[input][i];
            }
            mean /= inputs;
            double squares = 0;
            for (int input = 0; input < inputs; input++) {
                double distance = deltas[input][i] - mean;
                squares += distance * distance;
            }
            target[i] = (float) (squares / inputs);
            found += target[i] == 0 ? 0 : 1;
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
        for (int i = 0; i < count; i++) {
            float elected = 0;
            for (int input = 0; input < weights.length; input++) {
                elected += deltas[input][i];
            }
            double sum = 0;
            double kept = 0;
            for (int input = 0; input < weights.length; input++) {
                float delta = deltas[input][i];
                if (elected >= 0 ? delta > 0 : delta < 0) {
                    sum += delta * weights[input];
                    kept += weights[input];
                }
            }
            target[i] = (float) (base[i] + sum / Math.max(kept, SMALLEST_SUM));
        }
    }
}
