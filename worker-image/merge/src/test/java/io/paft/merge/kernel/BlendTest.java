package io.paft.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class BlendTest {
    private static final Offset<Double> CLOSE = within(1e-12);

    @Test
    void slerpOfARightAngleIsSineAndCosine() {
        // (3, 0) and (0, 4) at a third of 90 degrees.
        double[] factors = Blend.slerp(gram(new float[] {3, 0}, new float[] {0, 4}), 1 / 3.0);
        assertThat(factors[0]).isCloseTo(Math.sqrt(3) / 2, CLOSE);
        assertThat(factors[1]).isCloseTo(0.5, CLOSE);
    }

    @Test
    void slerpOfParallelAndOfZeroVectors() {
        assertThat(Blend.slerp(gram(new float[] {1, 2}, new float[] {2, 4}), 0.25))
                .containsExactly(0.75, 0.25);
        assertThat(Blend.slerp(gram(new float[] {1, 2}, new float[] {-1, -2}), 0.25))
                .containsExactly(0.75, 0.25);
        // A zero vector counts as one at a right angle.
        assertThat(Blend.slerp(gram(new float[] {1, 2}, new float[] {0, 0}), 0.5)[0])
                .isCloseTo(Math.sqrt(0.5), CLOSE);
    }

    @Test
    void nuslerpTakesTheShareOfTheWeights() {
        double[][] gram = gram(new float[] {3, 0}, new float[] {0, 4});
        assertThat(Blend.nuslerp(gram, new float[] {2, 1})[1]).isCloseTo(0.5, within(1e-7));
        assertThat(Blend.nuslerp(gram, new float[] {1, -1})[1]).isCloseTo(Math.sqrt(0.5), CLOSE);
        assertThat(Blend.nuslerp(gram(new float[] {1, 2}, new float[] {-1, -2}), new float[] {1, 1}))
                .containsExactly(0.5, 0.5);
    }

    @Test
    void multislerpIsTheMeanDirectionAtTheMeanLength() {
        // Unit vectors along both axes: the direction is the diagonal, the length 2 for (2, 0) and (0, 2).
        double[] factors =
                Blend.multislerp(gram(new float[] {2, 0}, new float[] {0, 2}), new float[] {3, 3}, true, 1e-12);
        assertThat(factors[0]).isCloseTo(Math.sqrt(0.5), within(1e-9));
        assertThat(factors[1]).isCloseTo(factors[0], CLOSE);
        double[][] opposite = gram(new float[] {2, 0}, new float[] {-2, 0});
        assertThat(Blend.multislerp(opposite, new float[] {1, 1}, true, 1e-8)).containsExactly(0.5, 0.5);
        double[][] three = gram(new float[] {1, 0}, new float[] {-1, 0}, new float[] {0, 0});
        assertThat(Blend.multislerp(three, new float[] {1, 1, 1}, true, 1e-8)).isEmpty();
        double[][] zeros = gram(new float[2], new float[2], new float[2]);
        assertThat(Blend.multislerp(zeros, new float[] {1, 1, 2}, true, 1e-8)).containsExactly(0.25, 0.25, 0.5);
    }

    @Test
    void modelStockFollowsTheAngle() {
        // cos = 0.6: t = 2 * 0.6 / 1.6 = 0.75, half of it for each.
        double[] factors = Blend.modelStock(gram(new float[] {1, 0}, new float[] {3, 4}));
        assertThat(factors[0]).isCloseTo(0.375, CLOSE);
        assertThat(factors[1]).isCloseTo(0.375, CLOSE);
        assertThat(Blend.modelStock(gram(new float[] {1, 0}, new float[] {0, 1})))
                .containsExactly(0, 0);
        assertThat(Blend.modelStock(gram(new float[] {1, 0}, new float[] {-1, 0})))
                .containsExactly(0, 0);
    }

    @Test
    void nearSwapTakesTheInputWhereItIsNear() {
        float[] target = new float[4];
        Combine.nearSwap(new float[] {1, 1, 1, 1}, new float[] {1, 1.25f, 3, -1}, 0.5f, 4, target);
        assertThat(target).containsExactly(1, 1.25f, 1.5f, 0.5f);
    }

    private static double[][] gram(float[]... vectors) {
        double[][] gram = new double[vectors.length][vectors.length];
        Blend.addProducts(vectors, vectors[0].length, gram);
        return gram;
    }
}
