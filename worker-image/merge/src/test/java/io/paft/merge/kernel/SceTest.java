package io.paft.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SceTest {
    /** Times a random number: NaN and the infinities come now and then. */
    private static final float[] ODD = {
        1, 1, 1, 1e-3f, 1e-30f, 0, 0, Float.MIN_NORMAL, Float.POSITIVE_INFINITY, Float.NaN
    };

    @Test
    void varianceIsThatOfThePopulation() {
        float[] variance = new float[3];
        assertThat(Sce.variance(new float[][] {{1, 2, 0}, {3, 2, 0}, {8, 2, 0}}, 3, 3, variance))
                .isEqualTo(1);
        assertThat(variance).containsExactly((9f + 1 + 16) / 3, 0, 0);
    }

    @Test
    void selectsAShareOfWhatVaries() {
        assertThat(Sce.selected(10, 0.3)).isEqualTo(3);
        assertThat(Sce.selected(10, 0)).isZero();
        assertThat(Sce.selected(100, 0.29)).isEqualTo(29); // 28 in float64
        assertThat(Sce.selected((1L << 30) + 1, Math.nextDown(1.0))).isLessThanOrEqualTo((1L << 30) + 1);
    }

    @Test
    void weightsAreSharesOfTheSquaresHoweverSmall() {
        assertThat(Sce.weights(new double[] {3e-12, 1e-12})).containsExactly(0.75, 0.25);
        assertThat(Sce.weights(new double[] {0, 0})).containsExactly(0.5, 0.5);
    }

    @Test
    void addsTheMeanOfThoseOfTheElectedSign() {
        float[] merged = new float[4];
        float[][] deltas = {{4, -4, 0, -5}, {2, 2, 0, 5}};
        Sce.combine(new float[] {1, 1, 1, 1}, deltas, new double[] {0.75, 0.25}, 4, merged);
        assertThat(merged).containsExactly(1 + 3.5f, 1 - 4f, 1, 1 + 5f);
    }

    /** Of every size and sign, zeros of both, and what only a merge that allows it has: against the formula, one by one. */
    @Test
    void eachElementIsThatOfTheFormula() {
        int count = 1500;
        var random = new Random(3);
        float[][] deltas = new float[3][count];
        float[] base = new float[count];
        for (int i = 0; i < count; i++) {
            base[i] = (float) random.nextGaussian();
            for (float[] delta : deltas) {
                delta[i] = ODD[random.nextInt(ODD.length)] * (float) random.nextGaussian();
            }
        }
        float[] variance = new float[count];
        float[] merged = new float[count];
        double[] weights = {0.5, 0.2, 0.3};
        int found = Sce.variance(deltas, 3, count, variance);
        Sce.combine(base, deltas, weights, count, merged);

        int expected = 0;
        for (int i = 0; i < count; i++) {
            float[] element = {deltas[0][i], deltas[1][i], deltas[2][i]};
            assertThat(variance[i]).as("element %d", i).hasToString(Float.toString(variance(element)));
            assertThat(merged[i]).as("element %d", i).hasToString(Float.toString(merged(base[i], element, weights)));
            expected += variance[i] == 0 ? 0 : 1;
        }
        assertThat(found).isEqualTo(expected);
    }

    private static float variance(float[] element) {
        double mean = ((double) element[0] + element[1] + element[2]) / 3;
        double squares = 0;
        for (float delta : element) {
            squares += (delta - mean) * (delta - mean);
        }
        return (float) (squares / 3);
    }

    private static float merged(float base, float[] element, double[] weights) {
        boolean positive = element[0] + element[1] + element[2] >= 0;
        double sum = 0;
        double kept = 0;
        for (int input = 0; input < 3; input++) {
            float delta = element[input];
            if (positive ? delta > 0 : delta < 0) {
                sum += delta * weights[input];
                kept += weights[input];
            }
        }
        return (float) (base + sum / Math.max(kept, 1e-6));
    }
}
