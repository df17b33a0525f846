package io.paft.merge.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * What the vector kernels are made of; the compiler puts it into each of them.
 *
 * <p>Here and there, a method is called on a vector that was made in the same round of a loop, never on one that comes from the
 * round before or from a caller: {@code fresh.add(gathered)}. Of the first the compiler knows the class; of the other it has
 * to guess from what it has seen, and where it guesses wrong all vectors of the kernel are objects.
 */
final class Lanes {
    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    static final int MAGNITUDE = 0x7fffffff;

    /** Half a vector of floats: the bytes of as many shorts as a vector has floats. */
    static final VectorSpecies<Float> HALVES =
            VectorSpecies.of(float.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));

    /** Eight floats, and as many doubles: the chains of {@link ScalarMeasure}. */
    static final VectorSpecies<Float> EIGHT_FLOATS = FloatVector.SPECIES_256;

    static final VectorSpecies<Double> EIGHT_DOUBLES = DoubleVector.SPECIES_512;

    private Lanes() {}

    /** The magnitudes of elements as bits, which order like the numbers. */
    static IntVector magnitudes(float[] values, int from) {
        return FloatVector.fromArray(FLOATS, values, from).reinterpretAsInts().and(MAGNITUDE);
    }

    /** 1 where the sign bit is set, else 0: cheaper to count than masks. */
    static IntVector signs(IntVector bits) {
        return bits.lanewise(VectorOperators.LSHR, 31);
    }

    /** 1 where magnitudes as bits are larger than the limit, else 0. */
    static IntVector beyond(IntVector bits, IntVector limit) {
        return signs(limit.sub(bits));
    }

    /** The bits of a number in every lane. */
    static IntVector bits(float number) {
        return IntVector.broadcast(INTS, Float.floatToRawIntBits(number));
    }

    /** The bits of the sums of values and what an array has from an index on. */
    static IntVector sum(FloatVector values, float[] others, int from) {
        return values.add(FloatVector.fromArray(FLOATS, others, from)).reinterpretAsInts();
    }

    /** 1 where the sign bits of two numbers differ, else 0. */
    static IntVector differ(FloatVector a, FloatVector b) {
        return signs(a.reinterpretAsInts().lanewise(VectorOperators.XOR, b.reinterpretAsInts()));
    }

    /** The sum of the lanes of what a loop has gathered. */
    static int total(IntVector gathered) {
        return IntVector.zero(INTS).add(gathered).reduceLanes(VectorOperators.ADD);
    }

    /** The largest of the lanes of what a loop has gathered, none of them negative. */
    static int most(IntVector gathered) {
        return IntVector.zero(INTS).max(gathered).reduceLanes(VectorOperators.MAX);
    }

    /** Writes the lanes of what a loop has gathered, none of them -0. */
    static void store(FloatVector gathered, float[] target, int at) {
        FloatVector.zero(FLOATS).add(gathered).intoArray(target, at);
    }

    /** The same. */
    static void store(IntVector gathered, int[] target, int at) {
        IntVector.zero(INTS).add(gathered).intoArray(target, at);
    }

    /** The lanes of what a loop has gathered, none of them -0. */
    static double[] chains(DoubleVector gathered) {
        return DoubleVector.zero(EIGHT_DOUBLES).add(gathered).toArray();
    }

    /**
     * Eight elements from this one on as doubles: exact, so that products of these are too, fused or not. Read again from
     * memory: to take the upper half out of a vector costs more.
     */
    static DoubleVector eight(float[] values, int from) {
        return (DoubleVector)
                FloatVector.fromArray(EIGHT_FLOATS, values, from).convertShape(VectorOperators.F2D, EIGHT_DOUBLES, 0);
    }

    /** What bf16 numbers mean, of which the vector has the bytes. */
    static FloatVector widened(FloatVector stored) {
        IntVector bits =
                (IntVector) stored.reinterpretAsShorts().convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
        return bits.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    /** Bits whose upper half are those of the nearest bf16. */
    static IntVector rounded(FloatVector values) {
        IntVector bits = values.reinterpretAsInts();
        return bits.add(0x7fff).add(bits.lanewise(VectorOperators.LSHR, 16).and(1));
    }

    /** Weight times delta. */
    static FloatVector term(float[] delta, float weight, int from) {
        return FloatVector.fromArray(FLOATS, delta, from).mul(weight);
    }

    /** The sum of all terms. */
    static FloatVector sum(float[][] deltas, float[] weights, int from) {
        FloatVector sum = term(deltas[0], weights[0], from);
        for (int input = 1; input < weights.length; input++) {
            sum = term(deltas[input], weights[input], from).add(sum);
        }
        return sum;
    }

    /**
     * The sign bit is set where a term survives: sign bits cost less than masks. A sum of zero is +0, or all terms are
     * zero too and none survives.
     */
    static IntVector survives(FloatVector term, IntVector sum, boolean elect, IntVector limits) {
        IntVector bits = term.reinterpretAsInts();
        IntVector large = limits.sub(bits.and(MAGNITUDE));
        return elect ? large.and(bits.lanewise(VectorOperators.XOR, sum).not()) : large;
    }

    /** All bits where the sign bit is set, else none. */
    static IntVector filled(IntVector bits) {
        return bits.lanewise(VectorOperators.ASHR, 31);
    }

    /** The numbers where all bits of the other are set, 0 where none is. */
    static FloatVector where(IntVector filled, IntVector numbers) {
        return filled.and(numbers).reinterpretAsFloats();
    }

    /** The larger magnitude as bits. */
    static IntVector larger(FloatVector a, FloatVector b) {
        return a.reinterpretAsInts().and(MAGNITUDE).max(b.reinterpretAsInts().and(MAGNITUDE));
    }

    /**
     * Adds what only one of two inputs decides; returns how many elements none does, or -1 and adds nothing when a term is no
     * finite number.
     *
     * @param largest magnitudes of all terms as bits
     * @param whole number of elements
     * @param ofFirst how many terms of the first survive
     * @param ofSecond how many of the second
     * @param ofBoth how many elements have both
     */
    static int decided(
            IntVector largest, int whole, IntVector ofFirst, IntVector ofSecond, IntVector ofBoth, long[] alone) {
        if (most(largest) >= Decisions.INFINITY) {
            return -1;
        }
        int both = total(ofBoth);
        int onlyFirst = total(ofFirst) - both;
        int onlySecond = total(ofSecond) - both;
        alone[0] += onlyFirst;
        alone[1] += onlySecond;
        return whole - onlyFirst - onlySecond - both;
    }

    /** Where a term has the elected sign and is not zero. */
    static VectorMask<Float> agrees(FloatVector term, VectorMask<Float> positive) {
        return term.compare(VectorOperators.GT, 0f)
                .and(positive)
                .or(term.compare(VectorOperators.LT, 0f).andNot(positive));
    }

    /** Where both are not zero. */
    static VectorMask<Float> nonZero(FloatVector a, FloatVector b) {
        return a.compare(VectorOperators.NE, 0f).and(b.compare(VectorOperators.NE, 0f));
    }

    /** Where the sign bits differ. */
    static VectorMask<Float> opposite(FloatVector a, FloatVector b) {
        return a.reinterpretAsInts()
                .lanewise(VectorOperators.XOR, b.reinterpretAsInts())
                .compare(VectorOperators.LT, 0)
                .cast(FLOATS);
    }
}
