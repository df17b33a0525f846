package io.paft.merge.kernel;

/**
 * Counts who decides an element of a merge. The term of an input is its weight times its sparsified delta; it survives
 * when its magnitude is above a limit and, where signs are elected, when it has the sign of the sum of all terms (a sum of
 * zero counts as positive, as in {@link Combine#ties}).
 */
public final class Decisions {
    private Decisions() {}

    /**
     * Adds the counts of elements 0 to count - 1.
     *
     * @param deltas one per input
     * @param weights one per input
     * @param elect true when the inputs elect a sign
     * @param limit 0 for every term that is not zero
     * @param alone gets, for each input, the number of elements where only its term survives
     * @return the number of elements where no term survives
     */
    public static int count(float[][] deltas, float[] weights, boolean elect, float limit, int count, long[] alone) {
        int done = 0;
        int none = 0;
        if (Simd.AVAILABLE) {
            done = VectorReport.whole(count);
            none = VectorReport.decisions(deltas, weights, elect, limit, done, alone);
        }
        return none + count(deltas, weights, elect, limit, done, count, alone);
    }

    /** The reference, from an index. */
    static int count(float[][] deltas, float[] weights, boolean elect, float limit, int from, int count, long[] alone) {
        int none = 0;
        for (int i = from; i < count; i++) {
            int survivors = 0;
            int last = 0;
            boolean positive = elect && sum(deltas, weights, i) >= 0;
            for (int input = 0; input < weights.length; input++) {
                float term = weights[input] * deltas[input][i];
                if (Math.abs(term) > limit && (!elect || (term > 0) == positive)) {
                    survivors++;
                    last = input;
                }
            }
            if (survivors == 1) {
                alone[last]++;
            } else if (survivors == 0) {
                none++;
            }
        }
        return none;
    }

    private static float sum(float[][] deltas, float[] weights, int i) {
        float sum = weights[0] * deltas[0][i];
        for (int input = 1; input < weights.length; input++) {
            sum += weights[input] * deltas[input][i];
        }
        return sum;
    }
}
