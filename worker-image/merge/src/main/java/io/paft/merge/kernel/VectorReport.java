package io.paft.merge.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Twins of {@link Largest} and {@link Decisions} with the Vector API. */
final class VectorReport {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

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
            largest = Lanes.magnitudes(values, i).max(largest);
        }
        return Math.max(Lanes.most(largest), Largest.largest(values, whole, count));
    }

    /**
     * Adds the counts of elements 0 to whole - 1, which fill vectors; returns how many no input decides, or -1 when a term is no
     * finite number, and nothing counts.
     */
    static int decisions(float[][] deltas, float[] weights, boolean elect, float limit, int whole, long[] alone) {
        if (weights.length != 2) {
            return ofMany(deltas, weights, elect, limit, whole, alone);
        }
        return elect
                ? electedOfTwo(deltas, weights, limit, whole, alone)
                : allOfTwo(deltas, weights, limit, whole, alone);
    }

    private static int ofMany(float[][] deltas, float[] weights, boolean elect, float limit, int whole, long[] alone) {
        // Vectors that live from one round of the inner loop to the next end up in memory: bits do not.
        long[] survivors = new long[weights.length];
        int any = 0;
        for (int i = 0; i < whole; i += FLOATS.length()) {
            long positive = elect
                    ? FloatVector.zero(FLOATS)
                            .compare(VectorOperators.LE, Lanes.sum(deltas, weights, i))
                            .toLong()
                    : 0;
            long some = 0;
            long several = 0;
            for (int input = 0; input < weights.length; input++) {
                FloatVector term = Lanes.term(deltas[input], weights[input], i);
                long alive = term.abs().compare(VectorOperators.GT, limit).toLong();
                if (elect) {
                    alive &= ~(term.compare(VectorOperators.GT, 0f).toLong() ^ positive);
                }
                survivors[input] = alive;
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
        float[] first = deltas[0];
        float[] second = deltas[1];
        IntVector limits = IntVector.broadcast(INTS, Float.floatToRawIntBits(limit));
        IntVector ofFirst = IntVector.zero(INTS);
        IntVector ofSecond = ofFirst;
        IntVector ofBoth = ofFirst;
        IntVector largest = ofFirst;
        for (int i = 0; i < whole; i += FLOATS.length()) {
            FloatVector one = Lanes.term(first, weights[0], i);
            FloatVector other = Lanes.term(second, weights[1], i);
            largest = Lanes.larger(one, other).max(largest);
            IntVector sum = one.add(other).reinterpretAsInts();
            IntVector oneSurvives = Lanes.signs(Lanes.survives(one, sum, true, limits));
            IntVector otherSurvives = Lanes.signs(Lanes.survives(other, sum, true, limits));
            ofFirst = oneSurvives.add(ofFirst);
            ofSecond = otherSurvives.add(ofSecond);
            ofBoth = oneSurvives.and(otherSurvives).add(ofBoth);
        }
        return Lanes.decided(largest, whole, ofFirst, ofSecond, ofBoth, alone);
    }

    /** Two inputs, every term that is large enough survives. */
    private static int allOfTwo(float[][] deltas, float[] weights, float limit, int whole, long[] alone) {
        float[] first = deltas[0];
        float[] second = deltas[1];
        IntVector limits = IntVector.broadcast(INTS, Float.floatToRawIntBits(limit));
        IntVector ofFirst = IntVector.zero(INTS);
        IntVector ofSecond = ofFirst;
        IntVector ofBoth = ofFirst;
        IntVector largest = ofFirst;
        for (int i = 0; i < whole; i += FLOATS.length()) {
            FloatVector one = Lanes.term(first, weights[0], i);
            FloatVector other = Lanes.term(second, weights[1], i);
            largest = Lanes.larger(one, other).max(largest);
            IntVector oneSurvives = Lanes.signs(Lanes.survives(one, ofFirst, false, limits));
            IntVector otherSurvives = Lanes.signs(Lanes.survives(other, ofFirst, false, limits));
            ofFirst = oneSurvives.add(ofFirst);
            ofSecond = otherSurvives.add(ofSecond);
            ofBoth = oneSurvives.and(otherSurvives).add(ofBoth);
        }
        return Lanes.decided(largest, whole, ofFirst, ofSecond, ofBoth, alone);
    }
}
