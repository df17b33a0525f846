package io.paft.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SceTest {
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
}
