package io.paft.merge.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Twins of {@link Moments} for processors with vectors of 512 bits, for a block of {@link Chains}, or what there is of it, at a time:
 * of a loop in a loop the compiler may leave the vectors that outlive the inner one in memory, as objects. So what is
 * counted over all blocks goes from call to call in an array, a vector for each count.
 */
final class VectorMoments {
    /** False: the processor is narrower, or the Vector API is not there. */
    static final boolean AVAILABLE = FloatVector.SPECIES_PREFERRED.length() == Chains.LENGTH;

    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
    private static final int LENGTH = Chains.LENGTH;

    private VectorMoments() {}

    /**
     * Of a block of values.
     *
     * @param from its first element
     * @param to the one after its last; a multiple of the vectors' length from the first on
     * @param tallies has and gets in a vector: the largest magnitude as bits
     * @param chains gets from an index on: the sums of magnitudes, then those of squares
     */
    static void norms(float[] values, int from, int to, int[] tallies, float[] chains, int at) {
        IntVector largest = IntVector.fromArray(INTS, tallies, 0);
        FloatVector magnitudes = FloatVector.zero(FLOATS);
        FloatVector squares = magnitudes;
        for (int i = from; i < to; i += LENGTH) {
            FloatVector magnitude = FloatVector.fromArray(FLOATS, values, i).abs();
            largest = magnitude.reinterpretAsInts().max(largest);
            magnitudes = magnitude.add(magnitudes);
            squares = magnitude.fma(magnitude, squares);
        }
        Lanes.store(largest, tallies, 0);
        Lanes.store(magnitudes, chains, at);
        Lanes.store(squares, chains, at + LENGTH);
    }

    /**
     * Of a block of a delta.
     *
     * @param from its first element
     * @param to the one after its last; a multiple of the vectors' length from the first on
     * @param limits three magnitudes
     * @param tallies has and gets in vectors: the largest magnitude as bits, how many are not zero, how many are larger than
     *     each limit
     * @param chains as for {@link #norms}
     */
    static void delta(float[] delta, int from, int to, float[] limits, int[] tallies, float[] chains, int at) {
        IntVector largest = IntVector.fromArray(INTS, tallies, 0);
        IntVector beyond0 = IntVector.fromArray(INTS, tallies, LENGTH);
        IntVector beyond1 = IntVector.fromArray(INTS, tallies, 2 * LENGTH);
        IntVector beyond2 = IntVector.fromArray(INTS, tallies, 3 * LENGTH);
        IntVector beyond3 = IntVector.fromArray(INTS, tallies, 4 * LENGTH);
        IntVector limit1 = Lanes.bits(limits[0]);
        IntVector limit2 = Lanes.bits(limits[1]);
        IntVector limit3 = Lanes.bits(limits[2]);
        FloatVector magnitudes = FloatVector.zero(FLOATS);
        FloatVector squares = magnitudes;
        for (int i = from; i < to; i += LENGTH) {
            IntVector bits = Lanes.magnitudes(delta, i);
            FloatVector magnitude = bits.reinterpretAsFloats();
            largest = bits.max(largest);
            magnitudes = magnitude.add(magnitudes);
            squares = magnitude.fma(magnitude, squares);
            beyond0 = bits.min(1).add(beyond0);
            beyond1 = Lanes.beyond(bits, limit1).add(beyond1);
            beyond2 = Lanes.beyond(bits, limit2).add(beyond2);
            beyond3 = Lanes.beyond(bits, limit3).add(beyond3);
        }
        Lanes.store(largest, tallies, 0);
        Lanes.store(beyond0, tallies, LENGTH);
        Lanes.store(beyond1, tallies, 2 * LENGTH);
        Lanes.store(beyond2, tallies, 3 * LENGTH);
        Lanes.store(beyond3, tallies, 4 * LENGTH);
        Lanes.store(magnitudes, chains, at);
        Lanes.store(squares, chains, at + LENGTH);
    }

    /**
     * Of a block of two deltas.
     *
     * @param from its first element
     * @param to the one after its last; a multiple of the vectors' length from the first on
     * @param tallies has and gets in vectors: the largest magnitude of each as bits, how many elements both change, how many
     *     of these in opposite directions
     * @param chains gets from an index on: the sums of the squares of the first, of those of the second, of the products
     */
    static void pair(float[] first, float[] second, int from, int to, int[] tallies, float[] chains, int at) {
        IntVector largestOfFirst = IntVector.fromArray(INTS, tallies, 0);
        IntVector largestOfSecond = IntVector.fromArray(INTS, tallies, LENGTH);
        IntVector both = IntVector.fromArray(INTS, tallies, 2 * LENGTH);
        IntVector opposite = IntVector.fromArray(INTS, tallies, 3 * LENGTH);
        FloatVector squaresOfFirst = FloatVector.zero(FLOATS);
        FloatVector squaresOfSecond = squaresOfFirst;
        FloatVector products = squaresOfFirst;
        for (int i = from; i < to; i += LENGTH) {
            FloatVector a = FloatVector.fromArray(FLOATS, first, i);
            FloatVector b = FloatVector.fromArray(FLOATS, second, i);
            IntVector one = Lanes.magnitudes(first, i);
            IntVector other = Lanes.magnitudes(second, i);
            largestOfFirst = one.max(largestOfFirst);
            largestOfSecond = other.max(largestOfSecond);
            squaresOfFirst = a.fma(a, squaresOfFirst);
            squaresOfSecond = b.fma(b, squaresOfSecond);
            products = a.fma(b, products);
            IntVector changed = one.min(other).min(1);
            both = changed.add(both);
            opposite = changed.and(Lanes.differ(a, b)).add(opposite);
        }
        Lanes.store(largestOfFirst, tallies, 0);
        Lanes.store(largestOfSecond, tallies, LENGTH);
        Lanes.store(both, tallies, 2 * LENGTH);
        Lanes.store(opposite, tallies, 3 * LENGTH);
        Lanes.store(squaresOfFirst, chains, at);
        Lanes.store(squaresOfSecond, chains, at + LENGTH);
        Lanes.store(products, chains, at + 2 * LENGTH);
    }

    /** Brings the lanes of each tally together in its first: the largest of some, the sums of those after them. */
    static void reduce(int[] tallies, int largest, int sums) {
        for (int at = 0; at < largest * LENGTH; at += LENGTH) {
            tallies[at] = IntVector.fromArray(INTS, tallies, at).reduceLanes(VectorOperators.MAX);
        }
        for (int at = largest * LENGTH; at < (largest + sums) * LENGTH; at += LENGTH) {
            tallies[at] = IntVector.fromArray(INTS, tallies, at).reduceLanes(VectorOperators.ADD);
        }
    }

    /** Twin of {@link Chains#total}: each chain over the blocks. */
    static void totals(float[] chains, int from, int step, int used, double[] sums) {
        DoubleVector low = DoubleVector.zero(Lanes.EIGHT_DOUBLES);
        DoubleVector high = low;
        for (int i = from; i < used; i += step) {
            low = Lanes.eight(chains, i).add(low);
            high = Lanes.eight(chains, i + LENGTH / 2).add(high);
        }
        DoubleVector.zero(Lanes.EIGHT_DOUBLES).add(low).intoArray(sums, 0);
        DoubleVector.zero(Lanes.EIGHT_DOUBLES).add(high).intoArray(sums, LENGTH / 2);
    }
}
