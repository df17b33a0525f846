package io.paft.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SamplingTest {
    @Test
    void smallTensorsAreTakenWhole() {
        assertThat(Sampling.stride(1, 1)).isEqualTo(1);
        assertThat(Sampling.stride(Sampling.SIZE, 128)).isEqualTo(1);
        assertThat(Sampling.stride(Sampling.SIZE + 1, 1)).isEqualTo(3);
    }

    @Test
    void theStrideIsOddAndSeesEveryColumn() {
        assertThat(Sampling.stride(2048L * 2048, 2048)).isEqualTo(257);
        // 4096 rows of 14336 = 7 * 2^11: 3584 | 1 = 3585 has no factor of 7.
        assertThat(Sampling.stride(4096L * 14336, 14336)).isEqualTo(3585);
        // 3 * 5 * 7 columns: 105 and 107 are odd, only 107 has no factor in common.
        assertThat(Sampling.stride(104L * Sampling.SIZE + 1, 105)).isEqualTo(107);
    }

    @Test
    void tilesOfAnySizeGiveTheSameSample() {
        Random random = new Random(3);
        for (int round = 0; round < 100; round++) {
            int elements = 1 + random.nextInt(5000);
            long stride = 1 + 2L * random.nextInt(40);
            float[] expected = new float[(int) Math.ceilDiv(elements, stride)];
            for (int i = 0; i < expected.length; i++) {
                expected[i] = i * stride;
            }
            float[] sample = new float[expected.length];
            int filled = 0;
            for (int start = 0; start < elements; ) {
                int count = Math.min(1 + random.nextInt(300), elements - start);
                float[] tile = new float[300];
                for (int i = 0; i < count; i++) {
                    tile[i] = random.nextBoolean() ? start + i : -(start + i);
                }
                filled = Sampling.take(tile, start, count, stride, sample, filled);
                start += count;
            }
            assertThat(filled).isEqualTo(expected.length);
            assertThat(sample).isEqualTo(expected);
        }
    }
}
