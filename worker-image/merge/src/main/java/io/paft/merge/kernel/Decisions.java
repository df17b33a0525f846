package io.paft.merge.kernel;

/**
 * Counts who decides an element of a merge. The term of an input is its weight times its sparsified delta; it survives
 * when its magnitude is above a limit and, where signs are elected, when it has the sign of the sum of all terms (a sum of
 * zero counts as positive, as in {@link Combine#ties}). What is not a number does not survive, and counts as negative where it is
 * the sum.
 */
public final class Decisions {
    private static final int MAGNITUDE = 0x7fffffff;

    static final int INFINITY = 0x7f800000;

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
        if (Simd.isUsed()) {
            done = VectorReport.whole(count);
            none = VectorReport.decisions(deltas, weights, elect, limit, done, alone);
            if (none < 0) {
                return count(deltas, weights, elect, limit, 0, count, alone);
            }
        }
        return none + count(deltas, weights, elect, limit, done, count, alone);
    }

    /** The reference, from an index. */
    static int count(float[][] deltas, float[] weights, boolean elect, float limit, int from, int count, long[] alone) {
        int largestDropped = Float.floatToRawIntBits(limit);
        int none = 0;
        // Without branches, which no processor could predict here.
        for (int i = from; i < count; i++) {
            int negative = elect ? negative(deltas, weights, i) : 0;
            int survivors = 0;
            int numbers = 0;
            for (int input = 0; input < weights.length; input++) {
                int term = Float.floatToRawIntBits(weights[input] * deltas[input][i]);
                int magnitude = term & MAGNITUDE;
                int survives = ((largestDropped - magnitude) & ~(INFINITY - magnitude)) >>> 31;
                if (elect) {
                    survives &= 1 ^ (term >>> 31) ^ negative;
                }
                survivors += survives;
                numbers += input * survives;
            }
            int one = ((survivors ^ 1) - 1) >>> 31;
            alone[numbers * one] += one;
            none += (survivors - 1) >>> 31;
        }
        return none;
    }

    /** 1 where the sum of all terms is below zero or not a number, else 0. */
    private static int negative(float[][] deltas, float[] weights, int i) {
        float sum = weights[0] * deltas[0][i];
        for (int input = 1; input < weights.length; input++) {
            sum += weights[input] * deltas[input][i];
        }
        int bits = Float.floatToRawIntBits(sum);
        int magnitude = bits & MAGNITUDE;
        return ((bits & -magnitude) | (INFINITY - magnitude)) >>> 31;
    }
}
