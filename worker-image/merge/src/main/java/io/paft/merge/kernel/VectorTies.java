package io.paft.merge.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Twins of {@link Combine#ties} with the Vector API, of elements that fill vectors. */
final class VectorTies {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

    private VectorTies() {}

    /** Fuses elements 0 to whole - 1 of any number of inputs. */
    static void ofMany(
            float[] base,
            float[][] deltas,
            float[] weights,
            boolean normalize,
            float lambda,
            int whole,
            float[] target) {
        for (int i = 0; i < whole; i += FLOATS.length()) {
            FloatVector zero = FloatVector.zero(FLOATS);
            // A sum of zero counts as positive.
            VectorMask<Float> positive = zero.compare(VectorOperators.LE, Lanes.sum(deltas, weights, i));
            FloatVector sum = zero;
            FloatVector kept = zero;
            for (int input = 0; input < weights.length; input++) {
                FloatVector term = Lanes.term(deltas[input], weights[input], i);
                VectorMask<Float> agrees = Lanes.agrees(term, positive);
                sum = zero.add(term, agrees).add(sum);
                kept = zero.add(weights[input], agrees).add(kept);
            }
            if (normalize) {
                FloatVector divisor = zero.add(kept);
                sum = zero.add(sum).div(divisor.blend(1f, divisor.compare(VectorOperators.EQ, 0f)));
            }
            FloatVector.fromArray(FLOATS, base, i)
                    .add(FloatVector.broadcast(FLOATS, lambda).mul(sum))
                    .intoArray(target, i);
        }
    }

    /**
     * Fuses elements 0 to whole - 1 of the usual merge, and counts who decides them as {@link Decisions} does. Works on bits,
     * which cost less than masks: where both terms are numbers, the sign of their sum tells who has it.
     *
     * @param alone gets, for each input, the number of elements where only its term survives
     * @return the number of elements where no term survives; -1 when a term is no finite number, and nothing counts
     */
    static int ofTwo(
            float[] base,
            float[][] deltas,
            float[] weights,
            boolean normalize,
            float lambda,
            int whole,
            float[] target,
            long[] alone) {
        float[] first = deltas[0];
        float[] second = deltas[1];
        IntVector weight = Lanes.bits(weights[0]);
        IntVector otherWeight = Lanes.bits(weights[1]);
        IntVector zero = IntVector.zero(INTS);
        IntVector ofFirst = zero;
        IntVector ofSecond = zero;
        IntVector ofBoth = zero;
        IntVector largest = zero;
        for (int i = 0; i < whole; i += FLOATS.length()) {
            FloatVector one = Lanes.term(first, weights[0], i);
            FloatVector other = Lanes.term(second, weights[1], i);
            largest = Lanes.larger(one, other).max(largest);
            // A sum of zero is +0, or both terms are zero too and none survives.
            IntVector elected = one.add(other).reinterpretAsInts();
            IntVector keepsOne = Lanes.filled(Lanes.survives(one, elected, true, zero));
            IntVector keepsOther = Lanes.filled(Lanes.survives(other, elected, true, zero));
            // Each of these is -1 or 0.
            ofFirst = keepsOne.add(ofFirst);
            ofSecond = keepsOther.add(ofSecond);
            ofBoth = keepsOne.and(keepsOther).add(ofBoth);
            FloatVector sum = Lanes.where(keepsOne, one.reinterpretAsInts())
                    .add(Lanes.where(keepsOther, other.reinterpretAsInts()));
            if (normalize) {
                FloatVector kept = Lanes.where(keepsOne, weight).add(Lanes.where(keepsOther, otherWeight));
                sum = sum.div(kept.blend(1f, kept.compare(VectorOperators.EQ, 0f)));
            }
            FloatVector.fromArray(FLOATS, base, i)
                    .add(FloatVector.broadcast(FLOATS, lambda).mul(sum))
                    .intoArray(target, i);
        }
        return Lanes.decided(largest, whole, zero.sub(ofFirst), zero.sub(ofSecond), zero.sub(ofBoth), alone);
    }
}
