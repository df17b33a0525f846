package io.paft.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RamTest {
    // Elements: only the first changes; both do; only the second; none above epsilon.
    private static final float[][] DELTAS = {{2f, 4f, 0f, 0.5f}, {0f, -2f, 3f, -0.5f}};

    @Test
    void aloneIsWholeAndSharedIsTheMean() {
        float[] target = new float[4];
        Ram.combine(new float[] {1, 1, 1, 1}, DELTAS, 0.5f, new float[] {1, 1}, 4, target);
        assertThat(target).containsExactly(3, 2, 4, 1);
        Ram.combine(new float[] {1, 1, 1, 1}, DELTAS, 0.5f, new float[] {1.5f, 2}, 4, target);
        assertThat(target).containsExactly(4, 2, 7, 1);
    }

    @Test
    void theFactorGrowsWithTheShare() {
        long[] alone = new long[2];
        long[] shared = new long[2];
        Ram.count(DELTAS, 4, 0.5f, alone, shared);
        assertThat(alone).containsExactly(1, 1);
        assertThat(shared).containsExactly(1, 1);
        assertThat(Ram.factor(4, 1, 0.5, 0.4)).isEqualTo(1.125f);
        assertThat(Ram.factor(1, 1, 0.5, 0.5)).isEqualTo(1.25f);
        assertThat(Ram.factor(0, 1, 0.5, 0.5)).isEqualTo(1.25f);
        assertThat(Ram.factor(0, 0, 0.5, 0.5)).isEqualTo(1f);
    }
}
