package io.paft.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;

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
    void tiesElectsByWeightAndAveragesWhatAgrees() {
        float[] target = new float[4];
        // Element 0: both agree. 1: the heavier one wins. 2: only one has it. 3: they cancel, so plus is elected.
        float[][] deltas = {{2f, 1f, 0f, 3f}, {4f, -4f, 5f, -3f}};
        Combine.ties(BASE, deltas, new float[] {1f, 1f}, true, 1f, 4, target);
        assertThat(target).containsExactly(4f, -3f, 6f, 4f);
        Combine.ties(BASE, deltas, new float[] {8f, 1f}, false, 0.5f, 4, target);
        assertThat(target).containsExactly(11f, 5f, 3.5f, 13f);
    }

    @Test
    void tiesWithNegativeWeightsFollowsTheFormula() {
        float[] target = new float[1];
        Combine.ties(new float[] {0f}, new float[][] {{1f}, {1f}}, new float[] {-2f, 1f}, true, 1f, 1, target);
        // v = (-2, 1): minus is elected, -2 / -2 is left.
        assertThat(target).containsExactly(1f);
    }

    @Test
    void lowRankIsTheProductInAnyPiece() {
        float[] left = {1f, 2f, 3f, 4f, 5f, 6f}; // 3 x 2
        float[] right = {1f, 0f, 2f, -1f, 1f, 1f, 0f, 2f}; // 2 x 4
        float[] whole = new float[12];
        LowRank.product(left, right, 2, 4, 0.5f, 0, 12, whole);
        assertThat(whole).startsWith(1.5f, 1f, 1f, 1.5f).endsWith(5.5f, 3f, 5f, 3.5f);
        for (int start = 0; start < 12; start++) {
            for (int count = 1; start + count <= 12; count++) {
                float[] piece = new float[count];
                LowRank.product(left, right, 2, 4, 0.5f, start, count, piece);
                for (int i = 0; i < count; i++) {
                    assertThat(piece[i]).isEqualTo(whole[start + i]);
                }
            }
        }
    }
}
