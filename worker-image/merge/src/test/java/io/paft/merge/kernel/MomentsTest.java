package io.paft.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.paft.merge.TestModels;
import java.util.Arrays;
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
    private static final int TILE = 1 << 13;

    /** Everything of two deltas, one after the other and together. */
    private record All(
            Moments.Norms normsOfFirst,
            Moments.Delta first,
            Moments.Delta second,
            Moments.Pair pair,
            Moments.Deltas together) {
        static All of(float[] first, float[] second) {
            int count = first.length;
            Moments moments = new Moments(count);
            return new All(
                    moments.norms(first, count),
                    moments.delta(first, count, LIMITS),
                    moments.delta(second, count, LIMITS),
                    moments.pair(first, second, count),
                    moments.deltas(first, second, count, LIMITS));
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
        int count = count(random);
        float[] first = sparse(random, TestModels.normal(round.getCurrentRepetition() + 100, count, 1e-4));
        float[] second = sparse(random, TestModels.normal(round.getCurrentRepetition() + 200, count, 1e-4));
        All all = All.of(first, second);

        Moments.Delta delta = all.first();
        assertThat(delta.within().get(0)).isEqualTo(ScalarMeasure.countAtMost(first, count, 0f));
        for (int i = 0; i < LIMITS.length; i++) {
            assertThat(delta.within().get(i + 1)).isEqualTo(ScalarMeasure.countAtMost(first, count, LIMITS[i]));
        }
        double magnitudes = ScalarMeasure.sumOfMagnitudes(first, count);
        double squares = ScalarMeasure.dot(first, first, count);
        double squaresOfSecond = ScalarMeasure.dot(second, second, count);
        assertThat(delta.norms().magnitudes()).isCloseTo(magnitudes, Offset.offset(ERROR * magnitudes));
        assertThat(delta.norms().squares()).isCloseTo(squares, Offset.offset(ERROR * squares));
        assertThat(all.normsOfFirst()).isEqualTo(delta.norms());
        assertThat(Float.floatToRawIntBits(delta.largest())).isEqualTo(Largest.largest(first, 0, count));
        assertThat(all.pair().squaresOfFirst()).isEqualTo(delta.norms().squares());
        assertThat(all.pair().squaresOfSecond()).isCloseTo(squaresOfSecond, Offset.offset(ERROR * squaresOfSecond));
        double products = 0;
        for (int i = 0; i < count; i++) {
            products += Math.abs((double) first[i] * second[i]);
        }
        assertThat(all.pair().products())
                .isCloseTo(ScalarMeasure.dot(first, second, count), Offset.offset(ERROR * products));
        assertThat(all.pair().same()).isEqualTo(ScalarMeasure.countSame(first, second, count));
        assertThat(all.pair().opposite()).isEqualTo(ScalarMeasure.countOpposite(first, second, count));
        assertThat(all.together()).isEqualTo(new Moments.Deltas(delta, all.second(), all.pair()));
    }

    /** Every number of bf16, next to what rounds to it and what does not. */
    @RepeatedTest(8)
    void countsWhatRoundsToTheBase(RepetitionInfo round) {
        Random random = new Random(round.getCurrentRepetition());
        Moments moments = new Moments(TILE);
        for (int start = 0; start < 1 << 16; start += TILE) {
            // Not all of them fill vectors.
            int count = round.getCurrentRepetition() == 1 ? TILE - 3 : TILE;
            float[] base = new float[count];
            float[] first = new float[count];
            float[] second = new float[count];
            for (int i = 0; i < count; i++) {
                base[i] = bf16(start + i);
                first[i] = near(base[i], random) - base[i];
                second[i] = near(base[i], random) - base[i];
            }
            Moments.Base measured = moments.base(base, first, second, count);
            assertThat(measured.equalWithFirst()).isEqualTo(ScalarMeasure.countEqualInBf16(base, first, count));
            assertThat(measured.equalWithSecond()).isEqualTo(ScalarMeasure.countEqualInBf16(base, second, count));
            assertThat(measured.norms()).isEqualTo(moments.norms(base, count));
        }
    }

    /** Of either sign, whose bits lie far apart: a few and many. */
    @ParameterizedTest
    @ValueSource(ints = {1, 15, 16, 1000})
    void zerosOfABaseAreEqualWhateverTheirSign(int zeros) {
        Random random = new Random(zeros);
        float[] base = new float[TILE];
        float[] first = new float[TILE];
        float[] second = new float[TILE];
        Arrays.fill(base, 0.5f);
        for (int i = 0; i < zeros; i++) {
            base[i * 8] = random.nextBoolean() ? 0f : -0f;
            first[i * 8] = (random.nextBoolean() ? 1 : -1) * Float.MIN_VALUE;
            second[i * 8] = random.nextBoolean() ? 0f : -0f;
        }
        Moments.Base measured = new Moments(TILE).base(base, first, second, TILE);
        assertThat(measured.equalWithFirst()).isEqualTo(TILE);
        assertThat(measured.equalWithSecond()).isEqualTo(TILE);
    }

    private static float bf16(int bits) {
        float value = Float.intBitsToFloat(bits << 16);
        // Half of the largest, so that no difference overflows; zeros have a test of their own.
        return Float.isFinite(value * 2) && value != 0 ? value : 1f;
    }

    /** A number about where rounding to bf16 changes its mind, or the same with another sign, or far away. */
    private static float near(float value, Random random) {
        int bits = Float.floatToRawIntBits(value);
        int half = (random.nextBoolean() ? 0x8000 : -0x8000) + random.nextInt(3) - 1;
        return switch (random.nextInt(6)) {
            case 0 -> value;
            case 1 -> -value;
            case 2 -> Float.intBitsToFloat(bits + random.nextInt(0x20000) - 0x10000);
            case 3 -> random.nextFloat();
            default -> Float.intBitsToFloat(bits + half);
        };
    }

    @RepeatedTest(60)
    void isTheSameWithVectors(RepetitionInfo round) {
        assumeThat(VectorMoments.AVAILABLE)
                .as("vectors of 512 bits; without them there is one way only")
                .isTrue();
        Random random = new Random(round.getCurrentRepetition());
        int count = count(random);
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
        float[] values = new float[3008];
        Arrays.fill(values, 0, 3000, magnitude);
        All all = All.of(values, values);
        double square = (double) magnitude * magnitude;
        Moments.Norms norms = all.normsOfFirst();
        assertThat(norms.magnitudes()).isCloseTo(3000.0 * magnitude, Offset.offset(ERROR * 3000 * magnitude));
        assertThat(norms.squares()).isCloseTo(3000 * square, Offset.offset(ERROR * 3000 * square));
        assertThat(all.pair().products()).isCloseTo(3000 * square, Offset.offset(ERROR * 3000 * square));
        assertThat(all.together()).isEqualTo(new Moments.Deltas(all.first(), all.second(), all.pair()));
        float[] ones = new float[values.length];
        Arrays.fill(ones, 1f);
        for (All one : new All[] {All.of(values, ones), All.of(ones, values)}) {
            assertThat(one.pair().squaresOfFirst() + one.pair().squaresOfSecond())
                    .isCloseTo(ones.length + 3000 * square, Offset.offset(ERROR * (ones.length + 3000 * square)));
            assertThat(one.pair().squaresOfFirst())
                    .isEqualTo(one.first().norms().squares());
            assertThat(one.pair().squaresOfSecond())
                    .isEqualTo(one.second().norms().squares());
            assertThat(one.together().pair()).isEqualTo(one.pair());
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void doesNotHideWhatIsNotFinite(float value) {
        float[] values = TestModels.normal(1, 3008, 1e-4);
        values[2999] = value;
        All all = All.of(values, TestModels.normal(2, 3008, 1e-4));
        assertThat(Double.isFinite(all.normsOfFirst().squares())).isFalse();
        assertThat(Double.isFinite(all.pair().products())).isFalse();
        assertThat(Double.isFinite(all.together().first().norms().squares())).isFalse();
        assertThat(Double.isFinite(all.together().pair().products())).isFalse();
    }

    /** The most that rounding can do: all elements alike, so that every addition of a chain errs the same way. */
    @Test
    void errsNoMoreThanItSays() {
        double worst = 0;
        for (float value = 1f; value < 2f; value += 0x1p-10f + 0x1p-20f) {
            float[] values = new float[Chains.BLOCK];
            Arrays.fill(values, value);
            Moments.Norms sums = new Moments(values.length).norms(values, values.length);
            worst = Math.max(worst, Math.abs(sums.magnitudes() / ((double) value * values.length) - 1));
            worst = Math.max(worst, Math.abs(sums.squares() / ((double) value * value * values.length) - 1));
        }
        assertThat(worst).isLessThan(ERROR);
    }

    /** Half of them fill vectors. */
    private static int count(Random random) {
        int count = random.nextInt(5000);
        return random.nextBoolean() ? count : count - count % Chains.LENGTH;
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
