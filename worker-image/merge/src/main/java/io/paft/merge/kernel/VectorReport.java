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
        if (weights.length != 2) {
            return ofMany(deltas, weights, elect, limit, whole, alone);
        }
        IntVector limits = IntVector.broadcast(INTS, Float.floatToRawIntBits(limit));
        return elect
                ? electedOfTwo(deltas, weights, limits, whole, alone)
                : allOfTwo(deltas, weights, limits, whole, alone);
    }

    private static int ofMany(float[][] deltas, float[] weights, boolean elect, float limit, int whole, long[] alone) {
        // Vectors that live from one round of the inner loop to the next end up in memory: bits do not.
        long[] survivors = new long[weights.length];
        int any = 0;
        for (int i = 0; i < whole; i += FLOATS.length()) {
            FloatVector sum = elect ? sum(deltas, weights, i) : FloatVector.zero(FLOATS);
            long some = 0;
            long several = 0;
            for (int input = 0; input < weights.length; input++) {
                FloatVector term = term(deltas[input], weights[input], i);
                VectorMask<Float> survives = term.abs().compare(VectorOperators.GT, limit);
                if (elect) {
                    survives =
                            survives.and(term.compare(VectorOperators.GT, 0f).eq(sum.compare(VectorOperators.GE, 0f)));
                }
                survivors[input] = survives.toLong();
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
    private static int electedOfTwo(float[][] deltas, float[] weights, IntVector limits, int whole, long[] alone) {
        float[] first = deltas[0];
        float[] second = deltas[1];
        IntVector onlyFirst = IntVector.zero(INTS);
        IntVector onlySecond = onlyFirst;
        IntVector any = onlyFirst;
        for (int i = 0; i < whole; i += FLOATS.length()) {
            FloatVector one = term(first, weights[0], i);
            FloatVector other = term(second, weights[1], i);
            IntVector sum = one.add(other).reinterpretAsInts();
            IntVector oneSurvives = survives(one, sum, true, limits);
            IntVector otherSurvives = survives(other, sum, true, limits);
            onlyFirst = onlyFirst.add(signs(oneSurvives.and(otherSurvives.not())));
            onlySecond = onlySecond.add(signs(otherSurvives.and(oneSurvives.not())));
            any = any.add(signs(oneSurvives.or(otherSurvives)));
        }
        alone[0] += onlyFirst.reduceLanes(VectorOperators.ADD);
        alone[1] += onlySecond.reduceLanes(VectorOperators.ADD);
        return whole - any.reduceLanes(VectorOperators.ADD);
    }

    /** Two inputs, every term that is large enough survives. */
    private static int allOfTwo(float[][] deltas, float[] weights, IntVector limits, int whole, long[] alone) {
        float[] first = deltas[0];
        float[] second = deltas[1];
        IntVector onlyFirst = IntVector.zero(INTS);
        IntVector onlySecond = onlyFirst;
        IntVector any = onlyFirst;
        for (int i = 0; i < whole; i += FLOATS.length()) {
            IntVector one = survives(term(first, weights[0], i), onlyFirst, false, limits);
            IntVector other = survives(term(second, weights[1], i), onlyFirst, false, limits);
            onlyFirst = onlyFirst.add(signs(one.and(other.not())));
            onlySecond = onlySecond.add(signs(other.and(one.not())));
            any = any.add(signs(one.or(other)));
        }
        alone[0] += onlyFirst.reduceLanes(VectorOperators.ADD);
        alone[1] += onlySecond.reduceLanes(VectorOperators.ADD);
        return whole - any.reduceLanes(VectorOperators.ADD);
    }

    /**
     * The sign bit is set where a term survives: sign bits cost less than masks. A sum of zero is +0, or all terms are
     * zero too and none survives.
     */
    private static IntVector survives(FloatVector term, IntVector sum, boolean elect, IntVector limits) {
        IntVector bits = term.reinterpretAsInts();
        IntVector large = limits.sub(bits.and(MAGNITUDE));
        return elect ? large.and(bits.lanewise(VectorOperators.XOR, sum).not()) : large;
    }

    /** 1 where the sign bit is set, else 0: cheaper to count than masks, and far cheaper until the kernel is compiled. */
    static IntVector signs(IntVector bits) {
        return bits.lanewise(VectorOperators.LSHR, 31);
    }

    private static FloatVector sum(float[][] deltas, float[] weights, int i) {
        FloatVector sum = term(deltas[0], weights[0], i);
        for (int input = 1; input < weights.length; input++) {
            sum = sum.add(term(deltas[input], weights[input], i));
        }
        return sum;
    }

    private static FloatVector term(float[] delta, float weight, int i) {
        return FloatVector.fromArray(FLOATS, delta, i).mul(weight);
    }
}
