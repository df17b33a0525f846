package io.paft.merge.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link ScalarMeasure} with the Vector API; the rest that fills no vector is the scalar kernel's. */
final class VectorMeasure {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
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
        IntVector different = IntVector.zero(Lanes.INTS);
        for (int i = 0; i < whole; i += FLOATS.length()) {
            FloatVector first = FloatVector.fromArray(FLOATS, base, i);
            IntVector before = Lanes.rounded(first);
            IntVector after = Lanes.rounded(first.add(FloatVector.fromArray(FLOATS, delta, i)));
            IntVector moved = before.lanewise(VectorOperators.XOR, after).lanewise(VectorOperators.LSHR, 16);
            IntVector large =
                    before.or(after).lanewise(VectorOperators.LSHR, 16).and(ScalarMeasure.BF16_MAGNITUDE);
            different = moved.min(large).min(1).add(different);
        }
        return whole - Lanes.total(different) + ScalarMeasure.countEqualInBf16(base, delta, whole, count);
    }

    static int countSame(float[] first, float[] second, int count) {
        int whole = FLOATS.loopBound(count);
        int found = 0;
        for (int i = 0; i < whole; i += FLOATS.length()) {
            FloatVector a = FloatVector.fromArray(FLOATS, first, i);
            FloatVector b = FloatVector.fromArray(FLOATS, second, i);
            found += Lanes.nonZero(a, b).andNot(Lanes.opposite(a, b)).trueCount();
        }
        return found + ScalarMeasure.countSame(first, second, whole, count);
    }

    static int countOpposite(float[] first, float[] second, int count) {
        int whole = FLOATS.loopBound(count);
        int found = 0;
        for (int i = 0; i < whole; i += FLOATS.length()) {
            FloatVector a = FloatVector.fromArray(FLOATS, first, i);
            FloatVector b = FloatVector.fromArray(FLOATS, second, i);
            found += Lanes.nonZero(a, b).and(Lanes.opposite(a, b)).trueCount();
        }
        return found + ScalarMeasure.countOpposite(first, second, whole, count);
    }

    static double sumOfMagnitudes(float[] values, int count) {
        if (!WIDE) {
            return ScalarMeasure.sumOfMagnitudes(values, count);
        }
        int whole = Lanes.EIGHT_FLOATS.loopBound(count);
        DoubleVector sum = DoubleVector.zero(Lanes.EIGHT_DOUBLES);
        for (int i = 0; i < whole; i += ScalarMeasure.LANES) {
            sum = Lanes.eight(values, i).abs().add(sum);
        }
        double[] sums = Lanes.chains(sum);
        ScalarMeasure.addMagnitudes(values, whole, count, sums);
        return ScalarMeasure.total(sums);
    }

    static double dot(float[] first, float[] second, int count) {
        if (!WIDE) {
            return ScalarMeasure.dot(first, second, count);
        }
        int whole = Lanes.EIGHT_FLOATS.loopBound(count);
        DoubleVector sum = DoubleVector.zero(Lanes.EIGHT_DOUBLES);
        for (int i = 0; i < whole; i += ScalarMeasure.LANES) {
            sum = Lanes.eight(first, i).mul(Lanes.eight(second, i)).add(sum);
        }
        return ScalarMeasure.dot(Lanes.chains(sum), first, second, whole, count);
    }
}
