package io.paft.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.TestModels;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** Every kernel gives the same bits with the Vector API and without, for any number of elements. */
class TwinsTest {
    @Test
    void theVectorApiIsThere() {
        assertThat(Simd.AVAILABLE).isTrue();
    }

    @RepeatedTest(60)
    void measures(RepetitionInfo round) {
        Random random = new Random(round.getCurrentRepetition());
        int count = random.nextInt(200);
        float[] first = values(random, count);
        float[] second = values(random, count);
        for (float limit : new float[] {0f, 1e-6f, 1f}) {
            assertThat(VectorMeasure.countAtMost(first, count, limit))
                    .isEqualTo(ScalarMeasure.countAtMost(first, count, limit));
        }
        assertThat(VectorMeasure.countEqualInBf16(first, second, count))
                .isEqualTo(ScalarMeasure.countEqualInBf16(first, second, count));
        assertThat(VectorMeasure.countSame(first, second, count))
                .isEqualTo(ScalarMeasure.countSame(first, second, count));
        assertThat(VectorMeasure.countOpposite(first, second, count))
                .isEqualTo(ScalarMeasure.countOpposite(first, second, count));
        assertThat(VectorMeasure.sumOfMagnitudes(first, count)).isEqualTo(ScalarMeasure.sumOfMagnitudes(first, count));
        assertThat(VectorMeasure.dot(first, second, count)).isEqualTo(ScalarMeasure.dot(first, second, count));
    }

    @RepeatedTest(60)
    void elements(RepetitionInfo round) {
        Random random = new Random(round.getCurrentRepetition());
        int count = random.nextInt(200);
        float[] values = values(random, count);
        if (count > 0 && random.nextInt(3) == 0) {
            values[random.nextInt(count)] =
                    new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.MAX_VALUE}[random.nextInt(3)];
        }
        MemorySegment vector = MemorySegment.ofArray(new byte[401]).asSlice(1);
        MemorySegment scalar = MemorySegment.ofArray(new byte[401]).asSlice(1);
        assertThat(VectorElements.encodeBf16(values, count, vector))
                .isEqualTo(FloatCodec.encodeBf16(values, 0, count, scalar));
        assertThat(vector.mismatch(scalar)).isEqualTo(-1);
        float[] first = new float[count];
        float[] second = new float[count];
        VectorElements.decodeBf16(vector, count, first);
        FloatCodec.decodeBf16(vector, 0, count, second);
        assertThat(first).isEqualTo(second);
        float[] others = values(random, count);
        float[] differences = new float[count];
        Combine.subtract(second, others, count, differences);
        VectorElements.decodeBf16Minus(vector, count, others, first);
        assertThat(first).isEqualTo(differences);
        float[] both = new float[count];
        VectorElements.decodeBf16Both(vector, count, others, both, first);
        assertThat(both).isEqualTo(second);
        assertThat(first).isEqualTo(differences);

        int bits = Float.floatToRawIntBits(Math.abs(values(random, 1)[0]));
        assertThat(VectorElements.countEqual(values, count, bits)).isEqualTo(Trim.countEqual(values, 0, count, bits));
        float[] trimmed = values.clone();
        VectorElements.zeroBelow(trimmed, count, bits);
        Trim.zeroBelow(values, 0, count, bits);
        assertThat(trimmed).isEqualTo(values);
    }

    @RepeatedTest(60)
    void shrinking(RepetitionInfo round) {
        Random random = new Random(round.getCurrentRepetition());
        int count = 1 + random.nextInt(200);
        float[] values = values(random, count);
        values[random.nextInt(count)] = new float[] {Float.MIN_VALUE, -3e38f, 1e-3f, 0f}[random.nextInt(4)];
        float[] expected = values.clone();
        float limit = random.nextInt(3) == 0 ? 0f : Math.abs(values[random.nextInt(count)]);
        assertThat(VectorShrink.apply(values, count, limit)).isEqualTo(Shrink.apply(expected, 0, count, limit));
        for (int i = 0; i < count; i++) {
            assertThat(Float.floatToRawIntBits(values[i])).isEqualTo(Float.floatToRawIntBits(expected[i]));
        }
    }

    /** One element alone is the reference's, since it fills no vector. */
    @RepeatedTest(60)
    void fusing(RepetitionInfo round) {
        Random random = new Random(round.getCurrentRepetition());
        int count = random.nextInt(264);
        float[][] deltas = new float[1 + round.getCurrentRepetition() % 4][];
        float[] weights = new float[deltas.length];
        for (int input = 0; input < deltas.length; input++) {
            deltas[input] = values(random, count);
            weights[input] = random.nextInt(3) == 0 ? 1f : 0.1f + random.nextFloat();
        }
        for (int i = 0; i < count; i += 5) {
            // Terms whose sum is zero, where the weights are equal.
            deltas[deltas.length - 1][i] = -deltas[0][i];
        }
        if (random.nextBoolean()) {
            Arrays.fill(weights, weights[0]);
        }
        boolean normalize = random.nextBoolean();
        float[] base = values(random, count);
        float[] target = new float[count];
        if (count > 0 && random.nextInt(3) == 0) {
            deltas[random.nextInt(deltas.length)][random.nextInt(count)] =
                    new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}[random.nextInt(3)];
        }
        long[] decided = new long[deltas.length];
        long[] counted = new long[deltas.length];
        int none = Combine.ties(base, deltas, weights, normalize, 0.7f, count, target, decided);
        assertThat(none).isEqualTo(Decisions.count(deltas, weights, true, 0f, 0, count, counted));
        assertThat(decided).isEqualTo(counted);
        for (int i = 0; i < count; i++) {
            int element = i;
            float[] alone = new float[1];
            Combine.ties(
                    new float[] {base[i]},
                    Arrays.stream(deltas)
                            .map(delta -> new float[] {delta[element]})
                            .toArray(float[][]::new),
                    weights,
                    normalize,
                    0.7f,
                    1,
                    alone,
                    new long[deltas.length]);
            assertThat(Float.floatToRawIntBits(target[i])).isEqualTo(Float.floatToRawIntBits(alone[0]));
        }
    }

    @RepeatedTest(60)
    void trimming(RepetitionInfo round) {
        Random random = new Random(round.getCurrentRepetition());
        int count = 1 + random.nextInt(200);
        float[] values = values(random, count);
        int bits = Float.floatToRawIntBits(values[random.nextInt(count)]) & 0x7fffffff;
        long left = random.nextInt(5);
        float[] expected = values.clone();
        long expectedLeft = Trim.applyInOrder(expected, count, bits, left);
        assertThat(Trim.apply(values, count, bits, left)).isEqualTo(expectedLeft);
        assertThat(values).isEqualTo(expected);
    }

    /** Some equal, some zero, of either sign. */
    private static float[] values(Random random, int count) {
        float[] values = TestModels.normal(random.nextLong(), count, 1e-3);
        for (int i = 0; i < count; i++) {
            switch (random.nextInt(6)) {
                case 0 -> values[i] = 0f;
                case 1 -> values[i] = -0f;
                case 2 -> values[i] = 1e-3f;
                case 3 -> values[i] = -1e-3f;
                // Halfway between two numbers of bf16, and one step beside it.
                case 4 ->
                    values[i] = Float.intBitsToFloat(
                            (Float.floatToRawIntBits(values[i]) & 0xffff0000) | (0x7fff + random.nextInt(3)));
                default -> {}
            }
        }
        return values;
    }
}
