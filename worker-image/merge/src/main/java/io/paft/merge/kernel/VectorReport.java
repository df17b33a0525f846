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
        if (weights.length == 2) {
            return elect
                    ? electedOfTwo(deltas, weights, limit, whole, alone)
                    : allOfTwo(deltas, weights, limit, whole, alone);
        }
        // Masks as bits: the just-in-time compiler keeps no mask in a register from one round of an inner loop to the
        // next.
        long[] survivors = new long[weights.length];
        int any = 0;
        for (int i = 0; i < whole; i += FLOATS.length()) {
            FloatVector sum = elect ? sum(deltas, weights, i) : FloatVector.zero(FLOATS);
            long some = 0;
            long several = 0;
            for (int input = 0; input < weights.length; input++) {
                survivors[input] = survives(term(deltas, weights, input, i), sum, elect, limit)
                        .toLong();
                several |= some & survivors[input];
                some |= survivors[input];
            }
            any += Long.bitCount(some);
            for (int input = 0; input < weights.length; input++) {
                alone[input] += Long.bitCount(survivors[input] & ~several);
            }
        }
        return whole - any;
    }

    /** The usual merge: two inputs that elect a sign. */
    private static int electedOfTwo(float[][] deltas, float[] weights, float limit, int whole, long[] alone) {
        int first = 0;
        int second = 0;
        int any = 0;
        for (int i = 0; i < whole; i += FLOATS.length()) {
            FloatVector one = term(deltas, weights, 0, i);
            FloatVector other = term(deltas, weights, 1, i);
            FloatVector sum = one.add(other);
            VectorMask<Float> oneSurvives = survives(one, sum, true, limit);
            VectorMask<Float> otherSurvives = survives(other, sum, true, limit);
            first += oneSurvives.andNot(otherSurvives).trueCount();
            second += otherSurvives.andNot(oneSurvives).trueCount();
            any += oneSurvives.or(otherSurvives).trueCount();
        }
        alone[0] += first;
        alone[1] += second;
        return whole - any;
    }

    /** Two inputs, every term that is large enough survives. */
    private static int allOfTwo(float[][] deltas, float[] weights, float limit, int whole, long[] alone) {
        int first = 0;
        int second = 0;
        int any = 0;
        for (int i = 0; i < whole; i += FLOATS.length()) {
            VectorMask<Float> one = term(deltas, weights, 0, i).abs().compare(VectorOperators.GT, limit);
            VectorMask<Float> other = term(deltas, weights, 1, i).abs().compare(VectorOperators.GT, limit);
            first += one.andNot(other).trueCount();
            second += other.andNot(one).trueCount();
            any += one.or(other).trueCount();
        }
        alone[0] += first;
        alone[1] += second;
        return whole - any;
    }

    private static VectorMask<Float> survives(FloatVector term, FloatVector sum, boolean elect, float limit) {
        if (!elect) {
            return term.abs().compare(VectorOperators.GT, limit);
        }
        VectorMask<Float> positive = sum.compare(VectorOperators.GE, 0f);
        return term.compare(VectorOperators.GT, limit)
                .and(positive)
                .or(term.compare(VectorOperators.LT, -limit).andNot(positive));
    }

    private static FloatVector sum(float[][] deltas, float[] weights, int i) {
        FloatVector sum = term(deltas, weights, 0, i);
        for (int input = 1; input < weights.length; input++) {
            sum = sum.add(term(deltas, weights, input, i));
        }
        return sum;
    }

    private static FloatVector term(float[][] deltas, float[] weights, int input, int i) {
        return FloatVector.fromArray(FLOATS, deltas[input], i).mul(weights[input]);
    }
}
