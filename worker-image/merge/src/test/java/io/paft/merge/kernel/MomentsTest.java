package io.paft.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.paft.merge.TestModels;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/** In two walks the same bits as one kernel after the other. */
class MomentsTest {
    private static final float[] LIMITS = {0f, 1e-6f, 1e-5f, 1e-4f};

    @RepeatedTest(60)
    void agrees(RepetitionInfo round) {
        assumeThat(VectorMoments.AVAILABLE)
                .as("vectors of 512 bits; without them there is one way only")
                .isTrue();
        Random random = new Random(round.getCurrentRepetition());
        int count = random.nextInt(300);
        float[] base = TestModels.normal(round.getCurrentRepetition(), count, 0.02);
        float[] first = sparse(random, TestModels.normal(round.getCurrentRepetition() + 100, count, 1e-4));
        float[] second = sparse(random, TestModels.normal(round.getCurrentRepetition() + 200, count, 1e-4));

        long[] counts = new long[5];
        double[] sums = new double[2];
        float largest = Moments.delta(base, first, count, LIMITS, counts, sums);

        for (int i = 0; i < LIMITS.length; i++) {
            assertThat(counts[i]).isEqualTo(ScalarMeasure.countAtMost(first, count, LIMITS[i]));
        }
        assertThat(counts[4]).isEqualTo(ScalarMeasure.countEqualInBf16(base, first, count));
        assertThat(sums)
                .containsExactly(ScalarMeasure.sumOfMagnitudes(first, count), ScalarMeasure.dot(first, first, count));
        assertThat(Float.floatToRawIntBits(largest)).isEqualTo(Largest.largest(first, 0, count));
        double[] again = new double[2];
        Moments.values(first, count, again);
        assertThat(again).isEqualTo(sums);

        long[] signs = new long[2];
        assertThat(Moments.pair(first, second, count, signs)).isEqualTo(ScalarMeasure.dot(first, second, count));
        assertThat(signs)
                .containsExactly(
                        ScalarMeasure.countSame(first, second, count),
                        ScalarMeasure.countOpposite(first, second, count));

        double[] kept = new double[3];
        long[] keptSigns = new long[2];
        Moments.kept(first, second, count, kept, keptSigns);
        assertThat(kept)
                .containsExactly(
                        ScalarMeasure.dot(first, first, count),
                        ScalarMeasure.dot(second, second, count),
                        ScalarMeasure.dot(first, second, count));
        assertThat(keptSigns).isEqualTo(signs);
    }

    private static float[] sparse(Random random, float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (random.nextInt(4)) {
                case 0 -> 0f;
                case 1 -> -0f;
                // Of such different sizes that a double cannot hold a sum of squares: so the order of adding shows in
                // some rounds.
                default -> Math.scalb(values[i], random.nextInt(41) - 20);
            };
        }
        return values;
    }
}
