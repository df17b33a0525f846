package io.paft.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.TestModels;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class DecisionsTest {
    @Test
    void theOnlyTermThatIsLeftDecides() {
        float[][] deltas = {{1, 0, -1, 0, 3}, {0, -2, -1, -0f, -1}};
        assertThat(count(deltas, new float[] {1, 1}, false, 0)).containsExactly(1, 1, 2, 1);
        // Elected: the last element is positive, so that only the first input is left there.
        assertThat(count(deltas, new float[] {1, 1}, true, 0)).containsExactly(2, 1, 1, 1);
        // A negative weight turns the second input round: both are positive there.
        assertThat(count(deltas, new float[] {1, -1}, true, 0)).containsExactly(1, 2, 1, 1);
        assertThat(count(deltas, new float[] {1, 0}, false, 0)).containsExactly(3, 0, 0, 2);
        assertThat(count(deltas, new float[] {1, 1}, false, 1)).containsExactly(1, 1, 0, 3);
    }

    @Test
    void aSumOfZeroIsPositive() {
        assertThat(count(new float[][] {{-1}, {1}}, new float[] {1, 1}, true, 0))
                .containsExactly(0, 1, 0, 0);
    }

    @Test
    void whatIsNotANumberDecidesNothing() {
        float infinity = Float.POSITIVE_INFINITY;
        float[][] deltas = {{Float.NaN, Float.NaN, infinity, 1}, {1, -1, -infinity, infinity}};
        assertThat(count(deltas, new float[] {1, 1}, false, 0)).containsExactly(0, 2, 2, 0);
        // The sum of the first three is not a number.
        assertThat(count(deltas, new float[] {1, 1}, true, 0)).containsExactly(0, 2, 1, 1);
    }

    @RepeatedTest(60)
    void theTwinsAgree(RepetitionInfo round) {
        Random random = new Random(round.getCurrentRepetition());
        int count = random.nextInt(200);
        int inputs = 1 + random.nextInt(4);
        float[][] deltas = new float[inputs][];
        for (int i = 0; i < inputs; i++) {
            deltas[i] = TestModels.normal(random.nextLong(), count, 1e-3);
            for (int k = 0; k < count; k++) {
                deltas[i][k] = random.nextInt(3) == 0 ? (random.nextBoolean() ? 0f : -0f) : deltas[i][k];
            }
        }
        float[] weights = TestModels.normal(random.nextLong(), inputs, 1);
        if (count > 0 && random.nextInt(3) == 0) {
            float odd = new float[] {Float.NaN, -Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}
                    [random.nextInt(4)];
            Arrays.fill(deltas[random.nextInt(inputs)], count / 2, count, odd);
            deltas[random.nextInt(inputs)][count / 2] = -odd;
        }
        for (boolean elect : new boolean[] {true, false}) {
            for (float limit : new float[] {0f, 1e-4f}) {
                long[] vector = new long[inputs];
                long[] scalar = new long[inputs];
                assertThat(Decisions.count(deltas, weights, elect, limit, count, vector))
                        .isEqualTo(Decisions.count(deltas, weights, elect, limit, 0, count, scalar));
                assertThat(vector).isEqualTo(scalar);
            }
        }
        float[] first = TestModels.normal(random.nextLong(), count, 1e-3);
        float expected = 0;
        for (float value : first) {
            expected = Math.max(expected, Math.abs(value));
        }
        assertThat(Largest.magnitude(first, count)).isEqualTo(expected);
        assertThat(Largest.largest(first, 0, count)).isEqualTo(Float.floatToRawIntBits(expected));
    }

    /** Alone for each input, several, none: the same by both twins, in more elements than fill a vector. */
    private static long[] count(float[][] deltas, float[] weights, boolean elect, float limit) {
        int copies = 16;
        int elements = deltas[0].length;
        float[][] many = new float[deltas.length][elements * copies];
        for (int input = 0; input < deltas.length; input++) {
            for (int copy = 0; copy < copies; copy++) {
                System.arraycopy(deltas[input], 0, many[input], copy * elements, elements);
            }
        }
        long[] alone = new long[deltas.length];
        int none = Decisions.count(many, weights, elect, limit, elements * copies, alone);
        return new long[] {
            alone[0] / copies, alone[1] / copies, elements - (alone[0] + alone[1] + none) / copies, none / copies
        };
    }
}
