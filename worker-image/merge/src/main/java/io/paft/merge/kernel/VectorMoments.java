package io.paft.merge.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Twins of {@link Moments} for processors with vectors of 512 bits. A vector of sixteen floats is two of eight doubles,
 * which are added one after the other: so element i is in chain i modulo 8, as in {@link ScalarMeasure}. A loop has either
 * integers or doubles: of a loop with both the compiler makes code that takes twice as long as two loops.
 */
final class VectorMoments {
    /** False: the processor is narrower, or the Vector API is not there. */
    static final boolean AVAILABLE = isWide();

    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;
    private static final VectorSpecies<Float> HALVES = FloatVector.SPECIES_256;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
    private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_512;
    private static final int LENGTH = 16;
    private static final int HALF = 8;
    private static final int MAGNITUDE = 0x7fffffff;

    private VectorMoments() {}

    private static boolean isWide() {
        return FloatVector.SPECIES_PREFERRED.length() == LENGTH;
    }

    static float counts(float[] base, float[] delta, int count, float[] limits, long[] counts) {
        int whole = FLOATS.loopBound(count);
        IntVector beyond0 = IntVector.zero(INTS);
        IntVector beyond1 = beyond0;
        IntVector beyond2 = beyond0;
        IntVector beyond3 = beyond0;
        IntVector equal = beyond0;
        IntVector largest = beyond0;
        // As bits, which order like the numbers: a difference has its sign bit set where a magnitude is beyond a limit.
        IntVector limit0 = IntVector.broadcast(INTS, Float.floatToRawIntBits(limits[0]));
        IntVector limit1 = IntVector.broadcast(INTS, Float.floatToRawIntBits(limits[1]));
        IntVector limit2 = IntVector.broadcast(INTS, Float.floatToRawIntBits(limits[2]));
        IntVector limit3 = IntVector.broadcast(INTS, Float.floatToRawIntBits(limits[3]));
        for (int i = 0; i < whole; i += LENGTH) {
            FloatVector first = FloatVector.fromArray(FLOATS, base, i);
            FloatVector d = FloatVector.fromArray(FLOATS, delta, i);
            IntVector bits = d.reinterpretAsInts().and(MAGNITUDE);
            largest = largest.max(bits);
            beyond0 = beyond0.add(beyond(bits, limit0));
            beyond1 = beyond1.add(beyond(bits, limit1));
            beyond2 = beyond2.add(beyond(bits, limit2));
            beyond3 = beyond3.add(beyond(bits, limit3));
            IntVector moved = rounded(first).lanewise(VectorOperators.XOR, rounded(first.add(d)));
            equal = equal.add(
                    VectorReport.signs(moved.lanewise(VectorOperators.LSHR, 16).sub(1)));
        }
        counts[0] += within(beyond0, delta, whole, count, limits[0]);
        counts[1] += within(beyond1, delta, whole, count, limits[1]);
        counts[2] += within(beyond2, delta, whole, count, limits[2]);
        counts[3] += within(beyond3, delta, whole, count, limits[3]);
        counts[4] += equal.reduceLanes(VectorOperators.ADD) + ScalarMeasure.countEqualInBf16(base, delta, whole, count);
        int most = Math.max(largest.reduceLanes(VectorOperators.MAX), Largest.largest(delta, whole, count));
        return Float.intBitsToFloat(most);
    }

    static void values(float[] values, int count, double[] sums) {
        int whole = FLOATS.loopBound(count);
        DoubleVector absolute = DoubleVector.zero(DOUBLES);
        DoubleVector squares = DoubleVector.zero(DOUBLES);
        for (int i = 0; i < whole; i += LENGTH) {
            DoubleVector low = eight(values, i);
            DoubleVector high = eight(values, i + HALF);
            absolute = absolute.add(low.abs()).add(high.abs());
            squares = high.fma(high, low.fma(low, squares));
        }
        addSums(absolute, squares, values, whole, count, sums);
    }

    static double pair(float[] first, float[] second, int count, long[] signs) {
        addSigns(first, second, count, signs);
        int whole = FLOATS.loopBound(count);
        DoubleVector products = DoubleVector.zero(DOUBLES);
        for (int i = 0; i < whole; i += LENGTH) {
            products = eight(first, i).fma(eight(second, i), products);
            products = eight(first, i + HALF).fma(eight(second, i + HALF), products);
        }
        return total(products, first, second, whole, count);
    }

    static void kept(float[] first, float[] second, int count, double[] sums, long[] signs) {
        addSigns(first, second, count, signs);
        int whole = FLOATS.loopBound(count);
        DoubleVector squaresOfFirst = DoubleVector.zero(DOUBLES);
        DoubleVector squaresOfSecond = squaresOfFirst;
        DoubleVector products = squaresOfFirst;
        for (int i = 0; i < whole; i += HALF) {
            DoubleVector a = eight(first, i);
            DoubleVector b = eight(second, i);
            squaresOfFirst = a.fma(a, squaresOfFirst);
            squaresOfSecond = b.fma(b, squaresOfSecond);
            products = a.fma(b, products);
        }
        sums[0] += total(squaresOfFirst, first, first, whole, count);
        sums[1] += total(squaresOfSecond, second, second, whole, count);
        sums[2] += total(products, first, second, whole, count);
    }

    /** Adds how many elements both change, at 0 in the same direction and at 1 in opposite ones. */
    private static void addSigns(float[] first, float[] second, int count, long[] signs) {
        int whole = FLOATS.loopBound(count);
        IntVector both = IntVector.zero(INTS);
        IntVector opposite = both;
        for (int i = 0; i < whole; i += LENGTH) {
            IntVector a = FloatVector.fromArray(FLOATS, first, i).reinterpretAsInts();
            IntVector b = FloatVector.fromArray(FLOATS, second, i).reinterpretAsInts();
            // The negative of a magnitude has its sign bit set, unless it is zero.
            IntVector changed = a.and(MAGNITUDE).min(b.and(MAGNITUDE)).neg();
            both = both.add(VectorReport.signs(changed));
            opposite = opposite.add(VectorReport.signs(changed.and(a.lanewise(VectorOperators.XOR, b))));
        }
        int found = opposite.reduceLanes(VectorOperators.ADD);
        signs[0] +=
                both.reduceLanes(VectorOperators.ADD) - found + ScalarMeasure.countSame(first, second, whole, count);
        signs[1] += found + ScalarMeasure.countOpposite(first, second, whole, count);
    }

    /** 1 where magnitudes as bits are larger than the limit, else 0. */
    private static IntVector beyond(IntVector bits, IntVector limit) {
        return VectorReport.signs(limit.sub(bits));
    }

    /** How many are at most the limit, of all, where so many of the whole vectors' are beyond it. */
    private static int within(IntVector beyond, float[] delta, int whole, int count, float limit) {
        return whole - beyond.reduceLanes(VectorOperators.ADD) + ScalarMeasure.countAtMost(delta, whole, count, limit);
    }

    private static double total(DoubleVector sum, float[] first, float[] second, int whole, int count) {
        double[] chains = sum.toArray();
        ScalarMeasure.addProducts(first, second, whole, count, chains);
        return ScalarMeasure.total(chains);
    }

    private static void addSums(
            DoubleVector absolute, DoubleVector squares, float[] values, int whole, int count, double[] sums) {
        double[] chains = absolute.toArray();
        ScalarMeasure.addMagnitudes(values, whole, count, chains);
        sums[0] += ScalarMeasure.total(chains);
        chains = squares.toArray();
        ScalarMeasure.addProducts(values, values, whole, count, chains);
        sums[1] += ScalarMeasure.total(chains);
    }

    /**
     * The elements from this one on as doubles: exact, so that products of these are too, fused or not. Read again from
     * memory: to take the upper half out of a vector costs more.
     */
    private static DoubleVector eight(float[] values, int from) {
        return (DoubleVector) FloatVector.fromArray(HALVES, values, from).convertShape(VectorOperators.F2D, DOUBLES, 0);
    }

    private static IntVector rounded(FloatVector values) {
        IntVector bits = values.reinterpretAsInts();
        return bits.add(0x7fff).add(bits.lanewise(VectorOperators.LSHR, 16).and(1));
    }
}
