package io.paft.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class CombineTest {
    private static final float[] BASE = {1f, 1f, 1f, 1f};

    @Test
    void linearIsTheWeightedMean() {
        float[] target = new float[2];
        Combine.linear(new float[][] {{2f, 4f}, {6f, 8f}}, new float[] {3f, 1f}, true, 2, target);
        assertThat(target).containsExactly(3f, 5f);
        Combine.linear(new float[][] {{2f, 4f}, {6f, 8f}}, new float[] {3f, 1f}, false, 2, target);
        assertThat(target).containsExactly(12f, 20f);
    }

    @Test
    void taskArithmeticAddsWeightedDeltas() {
        float[] target = new float[2];
        float[][] deltas = {{2f, -4f}, {1f, 2f}};
        Combine.taskArithmetic(BASE, deltas, new float[] {0.5f, 2f}, false, 1f, 2, target);
        assertThat(target).containsExactly(4f, 3f);
        Combine.taskArithmetic(BASE, deltas, new float[] {0.5f, 1.5f}, true, 2f, 2, target);
        assertThat(target).containsExactly(3.5f, 2f);
        Combine.taskArithmetic(BASE, deltas, new float[] {1f, -1f}, true, 1f, 2, target);
        assertThat(target).containsExactly(2f, -5f);
    }

    @Test
    void withoutInputsNothingIsAdded() {
        float[] target = {7f, 8f};
        Combine.taskArithmetic(BASE, new float[0][], new float[0], true, 1f, 2, target);
        assertThat(target).containsExactly(1f, 1f);
    }

    @Test
    void tiesElectsByWeightAndAveragesWhatAgrees() {
        float[] target = new float[4];
        // Element 0: both agree. 1: the heavier one wins. 2: only one has it. 3: they cancel, so plus is elected.
        float[][] deltas = {{2f, 1f, 0f, 3f}, {4f, -4f, 5f, -3f}};
        ties(BASE, deltas, new float[] {1f, 1f}, true, 1f, target);
        assertThat(target).containsExactly(4f, -3f, 6f, 4f);
        ties(BASE, deltas, new float[] {8f, 1f}, false, 0.5f, target);
        assertThat(target).containsExactly(11f, 5f, 3.5f, 13f);
    }

    @Test
    void tiesWithNegativeWeightsFollowsTheFormula() {
        float[] target = new float[1];
        ties(new float[] {0f}, new float[][] {{1f}, {1f}}, new float[] {-2f, 1f}, true, 1f, target);
        // v = (-2, 1): minus is elected, -2 / -2 is left.
        assertThat(target).containsExactly(1f);
    }

    @Test
    void lowRankIsTheProductInAnyPiece() {
        float[] left = {1f, 2f, 3f, 4f, 5f, 6f}; // 3 x 2
        float[] right = {1f, 0f, 2f, -1f, 1f, 1f, 0f, 2f}; // 2 x 4
        float[] blocks = LowRank.blocks(right, 2, 4, false);
        float[] whole = new float[12];
        LowRank.product(left, blocks, 2, 4, 0.5f, 0, 12, whole);
        assertThat(whole).startsWith(1.5f, 1f, 1f, 1.5f).endsWith(5.5f, 3f, 5f, 3.5f);
        for (int start = 0; start < 12; start++) {
            for (int count = 1; start + count <= 12; count++) {
                float[] piece = new float[count];
                LowRank.product(left, blocks, 2, 4, 0.5f, start, count, piece);
                for (int i = 0; i < count; i++) {
                    assertThat(piece[i]).isEqualTo(whole[start + i]);
                }
            }
        }
    }

    @Test
    void tiesEqualsTheFormula() {
        Random random = new Random(11);
        float[] choices = {0f, -0f, 1f, -1f, 0.5f, -0.5f, 1e-30f};
        for (int round = 0; round < 2000; round++) {
            int inputs = 1 + random.nextInt(3);
            float[] weights = new float[inputs];
            float[][] deltas = new float[inputs][1];
            for (int i = 0; i < inputs; i++) {
                weights[i] = choices[random.nextInt(choices.length)];
                deltas[i][0] = choices[random.nextInt(choices.length)];
            }
            float[] target = new float[1];
            boolean normalize = random.nextBoolean();
            ties(BASE, deltas, weights, normalize, 0.7f, target);
            assertThat(target[0]).isEqualTo(reference(deltas, weights, normalize));
        }
    }

    /** As the formula is written down, for one element on a base of 1 with lambda 0.7. */
    private static float reference(float[][] deltas, float[] weights, boolean normalize) {
        float elected = 0;
        for (int i = 0; i < weights.length; i++) {
            elected += weights[i] * deltas[i][0];
        }
        float sum = 0;
        float kept = 0;
        for (int i = 0; i < weights.length; i++) {
            float term = weights[i] * deltas[i][0];
            if (elected >= 0 ? term > 0 : term < 0) {
                sum += term;
                kept += weights[i];
            }
        }
        return 1f + sum / (normalize && kept != 0 ? kept : 1f) * 0.7f;
    }

    private static void ties(
            float[] base, float[][] deltas, float[] weights, boolean normalize, float lambda, float[] target) {
        int count = target.length;
        Combine.ties(base, deltas, weights, normalize, lambda, count, target, new long[weights.length]);
    }
}
