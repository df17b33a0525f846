package io.paft.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.TestModels;
import java.util.Random;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

/** Each kernel against the sentence that describes it. */
class MeasureTest {
    private static final float[] LIMITS = {0f, 1e-6f, 1e-5f, 1e-4f};

    @Test
    void countsAndSums() {
        Random random = new Random(9);
        for (int round = 0; round < 200; round++) {
            int count = random.nextInt(100);
            float[] first = values(random, count);
            float[] second = values(random, count);
            int same = 0;
            int opposite = 0;
            int equal = 0;
            double magnitudes = 0;
            double dot = 0;
            int[] small = new int[LIMITS.length];
            for (int i = 0; i < count; i++) {
                same += first[i] * Math.signum(second[i]) > 0 ? 1 : 0;
                opposite += first[i] * Math.signum(second[i]) < 0 ? 1 : 0;
                equal += rounded(first[i]) == rounded(first[i] + second[i]) ? 1 : 0;
                magnitudes += Math.abs(first[i]);
                dot += (double) first[i] * second[i];
                for (int limit = 0; limit < LIMITS.length; limit++) {
                    small[limit] += Math.abs(first[i]) <= LIMITS[limit] ? 1 : 0;
                }
            }
            assertThat(Measure.countSame(first, second, count)).isEqualTo(same);
            assertThat(Measure.countOpposite(first, second, count)).isEqualTo(opposite);
            assertThat(Measure.countEqualInBf16(first, second, count)).isEqualTo(equal);
            assertThat(Measure.sumOfMagnitudes(first, count)).isCloseTo(magnitudes, Percentage.withPercentage(1e-9));
            assertThat(Measure.dot(first, second, count)).isCloseTo(dot, org.assertj.core.data.Offset.offset(1e-9));
            for (int limit = 0; limit < LIMITS.length; limit++) {
                assertThat(Measure.countAtMost(first, count, LIMITS[limit])).isEqualTo(small[limit]);
            }
        }
    }

    /** As a number, so that both zeros are the same. */
    private static float rounded(float value) {
        return Float.intBitsToFloat(FloatCodec.bf16(value) << 16);
    }

    /** What the report counts in its place where both are stored as bf16. */
    @Test
    void aDifferenceOfTwoBf16ChangesNothingOnlyWhereItIsZero() {
        Random random = new Random(10);
        float[] base = new float[200_000];
        float[] delta = new float[base.length];
        int zeros = 0;
        for (int i = 0; i < base.length; i++) {
            short bits = (short) random.nextInt(1 << 16);
            base[i] = finite(bits);
            float other = switch (random.nextInt(4)) {
                case 0 -> base[i];
                case 1 -> finite((short) (bits ^ 1));
                case 2 -> finite((short) (bits ^ 0x8000));
                default -> finite((short) random.nextInt(1 << 16));
            };
            delta[i] = other - base[i];
            zeros += other == base[i] ? 1 : 0;
        }
        assertThat(Measure.countEqualInBf16(base, delta, base.length)).isEqualTo(zeros);
        assertThat(Measure.countAtMost(delta, base.length, 0f)).isEqualTo(zeros);
    }

    private static float finite(short bits) {
        float value = Float.intBitsToFloat(bits << 16);
        // Half of the largest, so that no difference overflows.
        return Float.isFinite(value * 2) ? value : 0f;
    }

    private static float[] values(Random random, int count) {
        float[] values = TestModels.normal(random.nextLong(), count, random.nextBoolean() ? 1e-5 : 1);
        for (int i = 0; i < count; i++) {
            if (random.nextInt(4) == 0) {
                values[i] = random.nextBoolean() ? 0f : -0f;
            }
        }
        return values;
    }
}
