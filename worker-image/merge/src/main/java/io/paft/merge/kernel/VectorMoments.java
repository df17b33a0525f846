package io.paft.merge.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Twins of {@link Moments} for processors with vectors of 512 bits. A vector of sixteen floats is two of eight doubles,
 * which are added one after the other: so element i is in chain i modulo 8, as in {@link ScalarMeasure}.
 */
final class VectorMoments {
    /** False: the processor is narrower, or the Vector API is not there. */
    static final boolean AVAILABLE = Simd.AVAILABLE && isWide();

    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
    private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_512;
    private static final int LENGTH = 16;
    private static final int MAGNITUDE = 0x7fffffff;

    private VectorMoments() {}

    private static boolean isWide() {
        return FloatVector.SPECIES_PREFERRED.length() == LENGTH;
    }

    static float delta(float[] base, float[] delta, int count, float[] limits, long[] counts, double[] sums) {
        int whole = FLOATS.loopBound(count);
        DoubleVector absolute = DoubleVector.zero(DOUBLES);
        DoubleVector squares = DoubleVector.zero(DOUBLES);
        IntVector within0 = IntVector.zero(INTS);
        IntVector within1 = within0;
        IntVector within2 = within0;
        IntVector within3 = within0;
        IntVector equal = within0;
        IntVector largest = within0;
        // As bits, which order like the numbers: compares of integers leave the masks that sums of integers take.
        int limit0 = Float.floatToRawIntBits(limits[0]);
        int limit1 = Float.floatToRawIntBits(limits[1]);
        int limit2 = Float.floatToRawIntBits(limits[2]);
        int limit3 = Float.floatToRawIntBits(limits[3]);
        for (int i = 0; i < whole; i += LENGTH) {
            FloatVector first = FloatVector.fromArray(FLOATS, base, i);
            FloatVector d = FloatVector.fromArray(FLOATS, delta, i);
            FloatVector magnitude = d.abs();
            IntVector bits = magnitude.reinterpretAsInts();
            largest = largest.max(bits);
            within0 = within0.add(1, bits.compare(VectorOperators.LE, limit0));
            within1 = within1.add(1, bits.compare(VectorOperators.LE, limit1));
            within2 = within2.add(1, bits.compare(VectorOperators.LE, limit2));
            within3 = within3.add(1, bits.compare(VectorOperators.LE, limit3));
            VectorMask<Integer> same = rounded(first)
                    .lanewise(VectorOperators.XOR, rounded(first.add(d)))
                    .lanewise(VectorOperators.LSHR, 16)
                    .compare(VectorOperators.EQ, 0);
            equal = equal.add(1, same);
            DoubleVector low = half(magnitude, 0);
            DoubleVector high = half(magnitude, 1);
            absolute = absolute.add(low).add(high);
            squares = high.fma(high, low.fma(low, squares));
        }
        counts[0] +=
                within0.reduceLanes(VectorOperators.ADD) + ScalarMeasure.countAtMost(delta, whole, count, limits[0]);
        counts[1] +=
                within1.reduceLanes(VectorOperators.ADD) + ScalarMeasure.countAtMost(delta, whole, count, limits[1]);
        counts[2] +=
                within2.reduceLanes(VectorOperators.ADD) + ScalarMeasure.countAtMost(delta, whole, count, limits[2]);
        counts[3] +=
                within3.reduceLanes(VectorOperators.ADD) + ScalarMeasure.countAtMost(delta, whole, count, limits[3]);
        counts[4] += equal.reduceLanes(VectorOperators.ADD) + ScalarMeasure.countEqualInBf16(base, delta, whole, count);
        addSums(absolute, squares, delta, whole, count, sums);
        int most = Math.max(largest.reduceLanes(VectorOperators.MAX), Largest.largest(delta, whole, count));
        return Float.intBitsToFloat(most);
    }

    static void values(float[] values, int count, double[] sums) {
        int whole = FLOATS.loopBound(count);
        DoubleVector absolute = DoubleVector.zero(DOUBLES);
        DoubleVector squares = DoubleVector.zero(DOUBLES);
        for (int i = 0; i < whole; i += LENGTH) {
            FloatVector magnitude = FloatVector.fromArray(FLOATS, values, i).abs();
            DoubleVector low = half(magnitude, 0);
            DoubleVector high = half(magnitude, 1);
            absolute = absolute.add(low).add(high);
            squares = high.fma(high, low.fma(low, squares));
        }
        addSums(absolute, squares, values, whole, count, sums);
    }

    static double pair(float[] first, float[] second, int count, long[] counts) {
        int whole = FLOATS.loopBound(count);
        DoubleVector products = DoubleVector.zero(DOUBLES);
        IntVector both = IntVector.zero(INTS);
        IntVector opposite = both;
        for (int i = 0; i < whole; i += LENGTH) {
            FloatVector a = FloatVector.fromArray(FLOATS, first, i);
            FloatVector b = FloatVector.fromArray(FLOATS, second, i);
            IntVector bitsOfA = a.reinterpretAsInts();
            IntVector bitsOfB = b.reinterpretAsInts();
            VectorMask<Integer> changed = inBoth(bitsOfA, bitsOfB);
            both = both.add(1, changed);
            opposite = opposite.add(signsDiffer(bitsOfA, bitsOfB), changed);
            products = half(a, 0).fma(half(b, 0), products);
            products = half(a, 1).fma(half(b, 1), products);
        }
        addSigns(both, opposite, first, second, whole, count, counts);
        return total(products, first, second, whole, count);
    }

    static void kept(float[] first, float[] second, int count, double[] sums, long[] signs) {
        int whole = FLOATS.loopBound(count);
        DoubleVector squaresOfFirst = DoubleVector.zero(DOUBLES);
        DoubleVector squaresOfSecond = squaresOfFirst;
        DoubleVector products = squaresOfFirst;
        IntVector both = IntVector.zero(INTS);
        IntVector opposite = both;
        for (int i = 0; i < whole; i += LENGTH) {
            FloatVector a = FloatVector.fromArray(FLOATS, first, i);
            FloatVector b = FloatVector.fromArray(FLOATS, second, i);
            IntVector bitsOfA = a.reinterpretAsInts();
            IntVector bitsOfB = b.reinterpretAsInts();
            VectorMask<Integer> changed = inBoth(bitsOfA, bitsOfB);
            both = both.add(1, changed);
            opposite = opposite.add(signsDiffer(bitsOfA, bitsOfB), changed);
            DoubleVector lowOfA = half(a, 0);
            DoubleVector highOfA = half(a, 1);
            DoubleVector lowOfB = half(b, 0);
            DoubleVector highOfB = half(b, 1);
            squaresOfFirst = highOfA.fma(highOfA, lowOfA.fma(lowOfA, squaresOfFirst));
            squaresOfSecond = highOfB.fma(highOfB, lowOfB.fma(lowOfB, squaresOfSecond));
            products = highOfA.fma(highOfB, lowOfA.fma(lowOfB, products));
        }
        addSigns(both, opposite, first, second, whole, count, signs);
        sums[0] += total(squaresOfFirst, first, first, whole, count);
        sums[1] += total(squaresOfSecond, second, second, whole, count);
        sums[2] += total(products, first, second, whole, count);
    }

    private static VectorMask<Integer> inBoth(IntVector first, IntVector second) {
        return first.and(MAGNITUDE).min(second.and(MAGNITUDE)).compare(VectorOperators.NE, 0);
    }

    /** 1 where the sign bits differ, else 0. */
    private static IntVector signsDiffer(IntVector first, IntVector second) {
        return first.lanewise(VectorOperators.XOR, second).lanewise(VectorOperators.LSHR, 31);
    }

    private static void addSigns(
            IntVector both, IntVector opposite, float[] first, float[] second, int whole, int count, long[] counts) {
        int found = opposite.reduceLanes(VectorOperators.ADD);
        counts[0] +=
                both.reduceLanes(VectorOperators.ADD) - found + ScalarMeasure.countSame(first, second, whole, count);
        counts[1] += found + ScalarMeasure.countOpposite(first, second, whole, count);
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

    /** Exact, so that products of these are too, fused or not. */
    private static DoubleVector half(FloatVector values, int part) {
        return (DoubleVector) values.convertShape(VectorOperators.F2D, DOUBLES, part);
    }

    private static IntVector rounded(FloatVector values) {
        IntVector bits = values.reinterpretAsInts();
        return bits.add(0x7fff).add(bits.lanewise(VectorOperators.LSHR, 16).and(1));
    }
}
