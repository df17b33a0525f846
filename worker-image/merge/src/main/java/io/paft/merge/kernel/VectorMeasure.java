package io.paft.merge.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link ScalarMeasure} with the Vector API; the rest that fills no vector is the scalar kernel's. */
final class VectorMeasure {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Float> EIGHT_FLOATS = FloatVector.SPECIES_256;
    private static final VectorSpecies<Double> EIGHT_DOUBLES = DoubleVector.SPECIES_512;
    /** One vector for the eight chains of a sum; narrower processors add as fast without. */
    private static final boolean WIDE = DoubleVector.SPECIES_PREFERRED.length() >= ScalarMeasure.LANES;

    private VectorMeasure() {}

    static int countAtMost(float[] values, int count, float limit) {
        int whole = FLOATS.loopBound(count);
        int found = 0;
        for (int i = 0; i < whole; i += FLOATS.length()) {
            FloatVector magnitudes = FloatVector.fromArray(FLOATS, values, i).abs();
            found += magnitudes.compare(VectorOperators.LE, limit).trueCount();
        }
        return found + ScalarMeasure.countAtMost(values, whole, count, limit);
    }

    static int countEqualInBf16(float[] base, float[] delta, int count) {
        int whole = FLOATS.loopBound(count);
        int found = 0;
        for (int i = 0; i < whole; i += FLOATS.length()) {
            FloatVector first = FloatVector.fromArray(FLOATS, base, i);
            FloatVector second = first.add(FloatVector.fromArray(FLOATS, delta, i));
            IntVector change = rounded(first).lanewise(VectorOperators.XOR, rounded(second));
            found += change.lanewise(VectorOperators.LSHR, 16)
                    .compare(VectorOperators.EQ, 0)
                    .trueCount();
        }
        return found + ScalarMeasure.countEqualInBf16(base, delta, whole, count);
    }

    static int countSame(float[] first, float[] second, int count) {
        int whole = FLOATS.loopBound(count);
        int found = 0;
        for (int i = 0; i < whole; i += FLOATS.length()) {
            FloatVector a = FloatVector.fromArray(FLOATS, first, i);
            FloatVector b = FloatVector.fromArray(FLOATS, second, i);
            found += nonZero(a, b).andNot(opposite(a, b)).trueCount();
        }
        return found + ScalarMeasure.countSame(first, second, whole, count);
    }

    static int countOpposite(float[] first, float[] second, int count) {
        int whole = FLOATS.loopBound(count);
        int found = 0;
        for (int i = 0; i < whole; i += FLOATS.length()) {
            FloatVector a = FloatVector.fromArray(FLOATS, first, i);
            FloatVector b = FloatVector.fromArray(FLOATS, second, i);
            found += nonZero(a, b).and(opposite(a, b)).trueCount();
        }
        return found + ScalarMeasure.countOpposite(first, second, whole, count);
    }

    static double sumOfMagnitudes(float[] values, int count) {
        if (!WIDE) {
            return ScalarMeasure.sumOfMagnitudes(values, count);
        }
        int whole = EIGHT_FLOATS.loopBound(count);
        DoubleVector sum = DoubleVector.zero(EIGHT_DOUBLES);
        for (int i = 0; i < whole; i += ScalarMeasure.LANES) {
            sum = sum.add(doubles(values, i).abs());
        }
        double[] sums = sum.toArray();
        ScalarMeasure.addMagnitudes(values, whole, count, sums);
        return ScalarMeasure.total(sums);
    }

    static double dot(float[] first, float[] second, int count) {
        if (!WIDE) {
            return ScalarMeasure.dot(first, second, count);
        }
        int whole = EIGHT_FLOATS.loopBound(count);
        DoubleVector sum = DoubleVector.zero(EIGHT_DOUBLES);
        for (int i = 0; i < whole; i += ScalarMeasure.LANES) {
            sum = sum.add(doubles(first, i).mul(doubles(second, i)));
        }
        double[] sums = sum.toArray();
        ScalarMeasure.addProducts(first, second, whole, count, sums);
        return ScalarMeasure.total(sums);
    }

    private static DoubleVector doubles(float[] values, int i) {
        return (DoubleVector)
                FloatVector.fromArray(EIGHT_FLOATS, values, i).convertShape(VectorOperators.F2D, EIGHT_DOUBLES, 0);
    }

    private static IntVector rounded(FloatVector values) {
        IntVector bits = values.reinterpretAsInts();
        return bits.add(0x7fff).add(bits.lanewise(VectorOperators.LSHR, 16).and(1));
    }

    private static VectorMask<Float> nonZero(FloatVector a, FloatVector b) {
        return a.compare(VectorOperators.NE, 0f).and(b.compare(VectorOperators.NE, 0f));
    }

    private static VectorMask<Float> opposite(FloatVector a, FloatVector b) {
        return a.reinterpretAsInts()
                .lanewise(VectorOperators.XOR, b.reinterpretAsInts())
                .compare(VectorOperators.LT, 0)
                .cast(FLOATS);
    }
}
