package io.paft.merge.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** What {@link VectorMoments} does, for both deltas of the usual merge at once: each element is loaded once. */
final class VectorDeltas {
    /** The most tallies that a kernel has. */
    static final int TALLIES = 12;

    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
    private static final int LENGTH = Chains.LENGTH;
    /** The distance of two bf16 in float32 is twice this. */
    private static final int HALF = 1 << 15;

    private VectorDeltas() {}

    /**
     * Of a block of two deltas.
     *
     * @param from its first element
     * @param to the one after its last; a multiple of the vectors' length from the first on
     * @param limits three magnitudes
     * @param tallies has and gets in vectors, each of the first and of the second: the largest magnitude as bits, how many
     *     are not zero, how many are larger than each limit; then how many elements both change, how many of these in
     *     opposite directions
     * @param chains gets from an index on: the sums of magnitudes and of squares of the first, those of the second, those of
     *     products
     */
    static void deltas(
            float[] first, float[] second, int from, int to, float[] limits, int[] tallies, float[] chains, int at) {
        IntVector largest = IntVector.fromArray(INTS, tallies, 0);
        IntVector largestOfOther = IntVector.fromArray(INTS, tallies, LENGTH);
        IntVector beyond0 = IntVector.fromArray(INTS, tallies, 2 * LENGTH);
        IntVector beyond0OfOther = IntVector.fromArray(INTS, tallies, 3 * LENGTH);
        IntVector beyond1 = IntVector.fromArray(INTS, tallies, 4 * LENGTH);
        IntVector beyond1OfOther = IntVector.fromArray(INTS, tallies, 5 * LENGTH);
        IntVector beyond2 = IntVector.fromArray(INTS, tallies, 6 * LENGTH);
        IntVector beyond2OfOther = IntVector.fromArray(INTS, tallies, 7 * LENGTH);
        IntVector beyond3 = IntVector.fromArray(INTS, tallies, 8 * LENGTH);
        IntVector beyond3OfOther = IntVector.fromArray(INTS, tallies, 9 * LENGTH);
        IntVector both = IntVector.fromArray(INTS, tallies, 10 * LENGTH);
        IntVector opposite = IntVector.fromArray(INTS, tallies, 11 * LENGTH);
        IntVector limit1 = Lanes.bits(limits[0]);
        IntVector limit2 = Lanes.bits(limits[1]);
        IntVector limit3 = Lanes.bits(limits[2]);
        FloatVector magnitudes = FloatVector.zero(FLOATS);
        FloatVector magnitudesOfOther = magnitudes;
        FloatVector squares = magnitudes;
        FloatVector squaresOfOther = magnitudes;
        FloatVector products = magnitudes;
        for (int i = from; i < to; i += LENGTH) {
            FloatVector a = FloatVector.fromArray(FLOATS, first, i);
            FloatVector b = FloatVector.fromArray(FLOATS, second, i);
            IntVector one = Lanes.magnitudes(first, i);
            IntVector other = Lanes.magnitudes(second, i);
            largest = one.max(largest);
            largestOfOther = other.max(largestOfOther);
            magnitudes = one.reinterpretAsFloats().add(magnitudes);
            magnitudesOfOther = other.reinterpretAsFloats().add(magnitudesOfOther);
            squares = a.fma(a, squares);
            squaresOfOther = b.fma(b, squaresOfOther);
            products = a.fma(b, products);
            IntVector changed = one.min(1);
            IntVector changedByOther = other.min(1);
            beyond0 = changed.add(beyond0);
            beyond0OfOther = changedByOther.add(beyond0OfOther);
            beyond1 = Lanes.beyond(one, limit1).add(beyond1);
            beyond1OfOther = Lanes.beyond(other, limit1).add(beyond1OfOther);
            beyond2 = Lanes.beyond(one, limit2).add(beyond2);
            beyond2OfOther = Lanes.beyond(other, limit2).add(beyond2OfOther);
            beyond3 = Lanes.beyond(one, limit3).add(beyond3);
            beyond3OfOther = Lanes.beyond(other, limit3).add(beyond3OfOther);
            IntVector changedByBoth = changed.and(changedByOther);
            both = changedByBoth.add(both);
            opposite = changedByBoth.and(Lanes.differ(a, b)).add(opposite);
        }
        Lanes.store(largest, tallies, 0);
        Lanes.store(largestOfOther, tallies, LENGTH);
        Lanes.store(beyond0, tallies, 2 * LENGTH);
        Lanes.store(beyond0OfOther, tallies, 3 * LENGTH);
        Lanes.store(beyond1, tallies, 4 * LENGTH);
        Lanes.store(beyond1OfOther, tallies, 5 * LENGTH);
        Lanes.store(beyond2, tallies, 6 * LENGTH);
        Lanes.store(beyond2OfOther, tallies, 7 * LENGTH);
        Lanes.store(beyond3, tallies, 8 * LENGTH);
        Lanes.store(beyond3OfOther, tallies, 9 * LENGTH);
        Lanes.store(both, tallies, 10 * LENGTH);
        Lanes.store(opposite, tallies, 11 * LENGTH);
        Lanes.store(magnitudes, chains, at);
        Lanes.store(squares, chains, at + LENGTH);
        Lanes.store(magnitudesOfOther, chains, at + 2 * LENGTH);
        Lanes.store(squaresOfOther, chains, at + 3 * LENGTH);
        Lanes.store(products, chains, at + 4 * LENGTH);
    }

    /**
     * Of a block of a base and two deltas. A sum rounds to the base where it is at most half the distance of two bf16 away,
     * or less than that where the last bit of the base is 1: ties go to even. Bits of numbers of one sign lie as far apart as
     * the numbers, those of different signs farther than that.
     *
     * @param base numbers that bf16 has; for zeros of the other sign the rule is wrong
     * @param from its first element
     * @param to the one after its last; a multiple of the vectors' length from the first on
     * @param tallies has and gets in vectors: the largest magnitude of the base as bits, how many of its elements are not zero,
     *     how many sums with the first delta and how many with the second round to another number than the base
     * @param chains gets from an index on: the sums of magnitudes of the base, then those of squares
     */
    static void base(
            float[] base, float[] first, float[] second, int from, int to, int[] tallies, float[] chains, int at) {
        IntVector largest = IntVector.fromArray(INTS, tallies, 0);
        IntVector beyond0 = IntVector.fromArray(INTS, tallies, LENGTH);
        IntVector different = IntVector.fromArray(INTS, tallies, 2 * LENGTH);
        IntVector differentOfOther = IntVector.fromArray(INTS, tallies, 3 * LENGTH);
        FloatVector magnitudes = FloatVector.zero(FLOATS);
        FloatVector squares = magnitudes;
        for (int i = from; i < to; i += LENGTH) {
            FloatVector values = FloatVector.fromArray(FLOATS, base, i);
            IntVector bits = values.reinterpretAsInts();
            IntVector magnitude = Lanes.magnitudes(base, i);
            largest = magnitude.max(largest);
            beyond0 = magnitude.min(1).add(beyond0);
            magnitudes = magnitude.reinterpretAsFloats().add(magnitudes);
            squares = values.fma(values, squares);
            IntVector limit = IntVector.broadcast(INTS, HALF)
                    .sub(bits.lanewise(VectorOperators.LSHR, 16).and(1));
            IntVector one = Lanes.sum(values, first, i).sub(bits).abs();
            IntVector other = Lanes.sum(values, second, i).sub(bits).abs();
            different = Lanes.beyond(one, limit).add(different);
            differentOfOther = Lanes.beyond(other, limit).add(differentOfOther);
        }
        Lanes.store(largest, tallies, 0);
        Lanes.store(beyond0, tallies, LENGTH);
        Lanes.store(different, tallies, 2 * LENGTH);
        Lanes.store(differentOfOther, tallies, 3 * LENGTH);
        Lanes.store(magnitudes, chains, at);
        Lanes.store(squares, chains, at + LENGTH);
    }
}
