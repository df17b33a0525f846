package io.paft.merge.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Twins of {@link Largest} and {@link Decisions} with the Vector API. */
final class VectorReport {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final int MAGNITUDE = 0x7fffffff;
    /** More than one term survives. */
    private static final int SEVERAL = -1;

    private VectorReport() {}

    /** How many of the first elements fill vectors. */
    static int whole(int count) {
        return FLOATS.loopBound(count);
    }

    /** The largest magnitude as bits. */
    static int largest(float[] values, int count) {
        int whole = whole(count);
        IntVector largest = IntVector.zero(INTS);
        for (int i = 0; i < whole; i += FLOATS.length()) {
            largest = largest.max(
                    FloatVector.fromArray(FLOATS, values, i).reinterpretAsInts().and(MAGNITUDE));
        }
        return Math.max(largest.reduceLanes(VectorOperators.MAX), Largest.largest(values, whole, count));
    }

    /** Adds the counts of elements 0 to whole - 1, which fill vectors; returns how many no input decides. */
    static int decisions(float[][] deltas, float[] weights, boolean elect, float limit, int whole, long[] alone) {
        int none = 0;
        for (int i = 0; i < whole; i += FLOATS.length()) {
            VectorMask<Float> positive = elect ? positive(deltas, weights, i) : FLOATS.maskAll(false);
            // 0 before a term survives, then the number of its input, counted from 1.
            IntVector owner = IntVector.zero(INTS);
            for (int input = 0; input < weights.length; input++) {
                FloatVector term =
                        FloatVector.fromArray(FLOATS, deltas[input], i).mul(weights[input]);
                VectorMask<Float> survives = term.abs().compare(VectorOperators.GT, limit);
                if (elect) {
                    survives = survives.and(term.compare(VectorOperators.GT, 0f).eq(positive));
                }
                VectorMask<Integer> owned = survives.cast(INTS);
                VectorMask<Integer> first = owned.and(owner.compare(VectorOperators.EQ, 0));
                owner = owner.blend(SEVERAL, owned).blend(input + 1, first);
            }
            none += owner.compare(VectorOperators.EQ, 0).trueCount();
            for (int input = 0; input < weights.length; input++) {
                alone[input] += owner.compare(VectorOperators.EQ, input + 1).trueCount();
            }
        }
        return none;
    }

    private static VectorMask<Float> positive(float[][] deltas, float[] weights, int i) {
        FloatVector sum = FloatVector.fromArray(FLOATS, deltas[0], i).mul(weights[0]);
        for (int input = 1; input < weights.length; input++) {
            sum = sum.add(FloatVector.fromArray(FLOATS, deltas[input], i).mul(weights[input]));
        }
        return sum.compare(VectorOperators.GE, 0f);
    }
}
