package io.paft.merge.kernel;

/**
 * Reinforced Agent Merging: an element that one input changes keeps that change whole; one that several change gets the
 * mean of their changes. An input changes an element when abs(d) is above epsilon.
 */
public final class Ram {
    private Ram() {}

    /**
     * Counts for each input the elements, of 0 to count - 1, that it alone changes and those that it shares.
     *
     * @param alone gets added to, one number per input
     * @param shared the same
     */
    public static void count(float[][] deltas, int count, float epsilon, long[] alone, long[] shared) {
        for (int i = 0; i < count; i++) {
            int changes = changes(deltas, alone.length, epsilon, i);
            for (int input = 0; input < alone.length; input++) {
                if (Math.abs(deltas[input][i]) > epsilon) {
                    alone[input] += changes == 1 ? 1 : 0;
                    shared[input] += changes == 1 ? 0 : 1;
                }
            }
        }
    }

    /** The factor of what an input alone changes: 1 + r times shared / alone, that quotient at most alpha; in float32. */
    public static float factor(long alone, long shared, double r, double alpha) {
        float most = (float) alpha;
        float quotient = alone == 0 ? (shared == 0 ? 0 : most) : (float) shared / alone;
        return 1 + (float) r * Math.max(0, Math.min(most, quotient));
    }

    /**
     * B + the fused change of elements 0 to count - 1.
     *
     * @param factors of what an input alone changes, one per input
     */
    public static void combine(
            float[] base, float[][] deltas, float epsilon, float[] factors, int count, float[] target) {
        for (int i = 0; i < count; i++) {
            int changes = changes(deltas, factors.length, epsilon, i);
            float sum = 0;
            for (int input = 0; input < factors.length; input++) {
                float delta = deltas[input][i];
                if (Math.abs(delta) > epsilon) {
                    sum += changes == 1 ? delta * factors[input] : delta / changes;
                }
            }
            target[i] = base[i] + sum;
        }
    }

    private static int changes(float[][] deltas, int inputs, float epsilon, int i) {
        int changes = 0;
        for (int input = 0; input < inputs; input++) {
            changes += Math.abs(deltas[input][i]) > epsilon ? 1 : 0;
        }
        return changes;
    }
}
