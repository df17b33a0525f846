package io.paft.merge.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** {@link Shrink} with the Vector API; the rest that fills no vector is the reference's. */
final class VectorShrink {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final int SIGN = 0x80000000;

    private VectorShrink() {}

    static int apply(float[] values, int count, float limit) {
        int whole = FLOATS.loopBound(count);
        int kept = 0;
        for (int i = 0; i < whole; i += FLOATS.length()) {
            FloatVector all = FloatVector.fromArray(FLOATS, values, i);
            FloatVector rest = all.abs().sub(limit);
            VectorMask<Float> keep = rest.compare(VectorOperators.GT, 0f);
            FloatVector signed = rest.reinterpretAsInts()
                    .or(all.reinterpretAsInts().and(SIGN))
                    .reinterpretAsFloats();
            FloatVector.zero(FLOATS).blend(signed, keep).intoArray(values, i);
            kept += keep.trueCount();
        }
        return kept + Shrink.apply(values, whole, count, limit);
    }
}
