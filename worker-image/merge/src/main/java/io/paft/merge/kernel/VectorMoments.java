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
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_512;
    private static final int LENGTH = 16;
    private static final int HALF = 8;

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
            IntVector bits = d.reinterpretAsInts().and(Lanes.MAGNITUDE);
            largest = bits.max(largest);
            beyond0 = Lanes.beyond(bits, limit0).add(beyond0);
            beyond1 = Lanes.beyond(bits, limit1).add(beyond1);
            beyond2 = Lanes.beyond(bits, limit2).add(beyond2);
            beyond3 = Lanes.beyond(bits, limit3).add(beyond3);
            IntVector moved = Lanes.rounded(first).lanewise(VectorOperators.XOR, Lanes.rounded(first.add(d)));
            equal = Lanes.signs(moved.lanewise(VectorOperators.LSHR, 16).sub(1)).add(equal);
        }
        counts[0] += whole - Lanes.total(beyond0) + ScalarMeasure.countAtMost(delta, whole, count, limits[0]);
        counts[1] += whole - Lanes.total(beyond1) + ScalarMeasure.countAtMost(delta, whole, count, limits[1]);
        counts[2] += whole - Lanes.total(beyond2) + ScalarMeasure.countAtMost(delta, whole, count, limits[2]);
        counts[3] += whole - Lanes.total(beyond3) + ScalarMeasure.countAtMost(delta, whole, count, limits[3]);
        counts[4] += Lanes.total(equal) + ScalarMeasure.countEqualInBf16(base, delta, whole, count);
        int most = Math.max(Lanes.most(largest), Largest.largest(delta, whole, count));
        return Float.intBitsToFloat(most);
    }

    static void values(float[] values, int count, double[] sums) {
        int whole = FLOATS.loopBound(count);
        DoubleVector absolute = DoubleVector.zero(Lanes.EIGHT_DOUBLES);
        DoubleVector squares = DoubleVector.zero(Lanes.EIGHT_DOUBLES);
        for (int i = 0; i < whole; i += LENGTH) {
            DoubleVector low = Lanes.eight(values, i);
            DoubleVector high = Lanes.eight(values, i + HALF);
            absolute = high.abs().add(low.abs().add(absolute));
            squares = high.fma(high, low.fma(low, squares));
        }
        double[] chains = Lanes.chains(absolute);
        ScalarMeasure.addMagnitudes(values, whole, count, chains);
        sums[0] += ScalarMeasure.total(chains);
        sums[1] += ScalarMeasure.dot(Lanes.chains(squares), values, values, whole, count);
    }

    static double pair(float[] first, float[] second, int count, long[] signs) {
        addSigns(first, second, count, signs);
        int whole = FLOATS.loopBound(count);
        DoubleVector products = DoubleVector.zero(Lanes.EIGHT_DOUBLES);
        for (int i = 0; i < whole; i += LENGTH) {
            products = Lanes.eight(first, i).fma(Lanes.eight(second, i), products);
            products = Lanes.eight(first, i + HALF).fma(Lanes.eight(second, i + HALF), products);
        }
        return ScalarMeasure.dot(Lanes.chains(products), first, second, whole, count);
    }

    static void kept(float[] first, float[] second, int count, double[] sums, long[] signs) {
        addSigns(first, second, count, signs);
        int whole = FLOATS.loopBound(count);
        DoubleVector squaresOfFirst = DoubleVector.zero(Lanes.EIGHT_DOUBLES);
        DoubleVector squaresOfSecond = squaresOfFirst;
        DoubleVector products = squaresOfFirst;
        for (int i = 0; i < whole; i += HALF) {
            DoubleVector a = Lanes.eight(first, i);
            DoubleVector b = Lanes.eight(second, i);
            squaresOfFirst = a.fma(a, squaresOfFirst);
            squaresOfSecond = b.fma(b, squaresOfSecond);
            products = a.fma(b, products);
        }
        sums[0] += ScalarMeasure.dot(Lanes.chains(squaresOfFirst), first, first, whole, count);
        sums[1] += ScalarMeasure.dot(Lanes.chains(squaresOfSecond), second, second, whole, count);
        sums[2] += ScalarMeasure.dot(Lanes.chains(products), first, second, whole, count);
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
            IntVector changed =
                    a.and(Lanes.MAGNITUDE).min(b.and(Lanes.MAGNITUDE)).neg();
            both = Lanes.signs(changed).add(both);
            opposite =
                    Lanes.signs(changed.and(a.lanewise(VectorOperators.XOR, b))).add(opposite);
        }
        int found = Lanes.total(opposite);
        signs[0] += Lanes.total(both) - found + ScalarMeasure.countSame(first, second, whole, count);
        signs[1] += found + ScalarMeasure.countOpposite(first, second, whole, count);
    }
}
