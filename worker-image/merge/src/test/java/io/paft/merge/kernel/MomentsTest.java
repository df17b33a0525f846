package io.paft.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.paft.merge.TestModels;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the report counts and sums: against what it says it is, and with vectors as without. */
class MomentsTest {
    private static final float[] LIMITS = {1e-6f, 1e-5f, 1e-4f};
    private static final double ERROR = 4e-6;

    /** Everything of two deltas. */
    private record All(
            List<Long> within,
            List<Double> norms,
            List<Double> normsOfValues,
            float largest,
            List<Double> pair,
            List<Long> signs) {
        static All of(float[] first, float[] second) {
            Moments moments = new Moments(first.length);
            long[] within = new long[4];
            double[] norms = new double[2];
            float largest = moments.delta(first, first.length, LIMITS, within, norms);
            double[] valueNorms = new double[2];
            moments.norms(first, first.length, valueNorms);
            double[] pair = new double[3];
            long[] signs = new long[2];
            moments.pair(first, second, first.length, pair, signs);
            return new All(
                    Arrays.stream(within).boxed().toList(),
                    list(norms),
                    list(valueNorms),
                    largest,
                    list(pair),
                    Arrays.stream(signs).boxed().toList());
        }

        private static List<Double> list(double[] values) {
            return Arrays.stream(values).boxed().toList();
        }
    }

    @BeforeEach
    @AfterEach
    void withVectors() {
        Simd.choose(Long.MAX_VALUE);
    }

    @RepeatedTest(60)
    void isWhatItSays(RepetitionInfo round) {
        Random random = new Random(round.getCurrentRepetition());
        int count = random.nextInt(5000);
        float[] first = sparse(random, TestModels.normal(round.getCurrentRepetition() + 100, count, 1e-4));
        float[] second = sparse(random, TestModels.normal(round.getCurrentRepetition() + 200, count, 1e-4));
        All all = All.of(first, second);

        assertThat(all.within().get(0)).isEqualTo(ScalarMeasure.countAtMost(first, count, 0f));
        for (int i = 0; i < LIMITS.length; i++) {
            assertThat(all.within().get(i + 1)).isEqualTo(ScalarMeasure.countAtMost(first, count, LIMITS[i]));
        }
        double magnitudes = ScalarMeasure.sumOfMagnitudes(first, count);
        double squares = ScalarMeasure.dot(first, first, count);
        double squaresOfSecond = ScalarMeasure.dot(second, second, count);
        assertThat(all.norms().get(0)).isCloseTo(magnitudes, Offset.offset(ERROR * magnitudes));
        assertThat(all.norms().get(1)).isCloseTo(squares, Offset.offset(ERROR * squares));
        assertThat(all.normsOfValues()).isEqualTo(all.norms());
        assertThat(Float.floatToRawIntBits(all.largest())).isEqualTo(Largest.largest(first, 0, count));
        assertThat(all.pair().get(0)).isEqualTo(all.norms().get(1));
        assertThat(all.pair().get(1)).isCloseTo(squaresOfSecond, Offset.offset(ERROR * squaresOfSecond));
        double products = 0;
        for (int i = 0; i < count; i++) {
            products += Math.abs((double) first[i] * second[i]);
        }
        assertThat(all.pair().get(2))
                .isCloseTo(ScalarMeasure.dot(first, second, count), Offset.offset(ERROR * products));
        assertThat(all.signs()).containsExactly((long) ScalarMeasure.countSame(first, second, count), (long)
                ScalarMeasure.countOpposite(first, second, count));
    }

    @RepeatedTest(60)
    void isTheSameWithVectors(RepetitionInfo round) {
        assumeThat(VectorMoments.AVAILABLE)
                .as("vectors of 512 bits; without them there is one way only")
                .isTrue();
        Random random = new Random(round.getCurrentRepetition());
        int count = random.nextInt(5000);
        float[] first = sparse(random, TestModels.normal(round.getCurrentRepetition() + 100, count, 1e-4));
        float[] second = sparse(random, TestModels.normal(round.getCurrentRepetition() + 200, count, 1e-4));
        All vectors = All.of(first, second);
        Simd.choose(0);
        assertThat(All.of(first, second)).isEqualTo(vectors);
    }

    /** Squares that float32 does not have: too small, too large, and not a number. */
    @ParameterizedTest
    @ValueSource(floats = {1e-30f, 1e-20f, 1e20f, 3e38f})
    void sumsWhatFloatsCannotSquare(float magnitude) {
        float[] values = new float[3000];
        Arrays.fill(values, magnitude);
        All all = All.of(values, values);
        double square = (double) magnitude * magnitude;
        assertThat(all.norms().get(0)).isCloseTo(3000.0 * magnitude, Offset.offset(ERROR * 3000 * magnitude));
        assertThat(all.norms().get(1)).isCloseTo(3000 * square, Offset.offset(ERROR * 3000 * square));
        assertThat(all.pair().get(2)).isCloseTo(3000 * square, Offset.offset(ERROR * 3000 * square));
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void doesNotHideWhatIsNotFinite(float value) {
        float[] values = TestModels.normal(1, 3000, 1e-4);
        values[2999] = value;
        All all = All.of(values, TestModels.normal(2, 3000, 1e-4));
        assertThat(Double.isFinite(all.norms().get(1))).isFalse();
        assertThat(Double.isFinite(all.pair().get(2))).isFalse();
    }

    /** The most that rounding can do: all elements alike, so that every addition of a chain errs the same way. */
    @Test
    void errsNoMoreThanItSays() {
        double worst = 0;
        for (float value = 1f; value < 2f; value += 0x1p-10f + 0x1p-20f) {
            float[] values = new float[Chains.BLOCK];
            Arrays.fill(values, value);
            double[] sums = new double[2];
            new Moments(values.length).norms(values, values.length, sums);
            worst = Math.max(worst, Math.abs(sums[0] / ((double) value * values.length) - 1));
            worst = Math.max(worst, Math.abs(sums[1] / ((double) value * value * values.length) - 1));
        }
        assertThat(worst).isLessThan(ERROR);
    }

    private static float[] sparse(Random random, float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (random.nextInt(4)) {
                case 0 -> 0f;
                case 1 -> -0f;
                // Of such different sizes that a float cannot hold a sum of squares: so the order of adding shows.
                default -> Math.scalb(values[i], random.nextInt(21) - 10);
            };
        }
        return values;
    }
}
