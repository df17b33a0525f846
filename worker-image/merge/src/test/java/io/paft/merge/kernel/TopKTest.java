package io.paft.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.TestModels;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TopKTest {
    @Test
    void keepsExactlyTheLargestAndOfEqualOnesTheFirst() {
        Random random = new Random(7);
        TopK selector = new TopK();
        for (int round = 0; round < 300; round++) {
            int count = 1 + random.nextInt(200);
            float[] values = round % 2 == 0 ? TestModels.normal(round, count, 1e-3) : few(random, count);
            int k = 1 + random.nextInt(count);
            float[] trimmed = trim(selector, values, k, 1 + random.nextInt(count));
            Set<Integer> expected = new HashSet<>(IntStream.range(0, count)
                    .boxed()
                    .sorted(Comparator.comparing((Integer i) -> -Math.abs(values[i]))
                            .thenComparing(i -> i))
                    .limit(k)
                    .toList());
            for (int i = 0; i < count; i++) {
                assertThat(trimmed[i]).isEqualTo(expected.contains(i) ? values[i] : 0f);
            }
        }
    }

    @Test
    void countsAsMergekitDoes() {
        assertThat(TopK.kept(0.29, 100)).isEqualTo(28);
        assertThat(TopK.kept(0.5, 7)).isEqualTo(3);
        assertThat(TopK.kept(0.001, 10)).isEqualTo(1);
        assertThat(TopK.kept(0, 10)).isZero();
    }

    /** In tiles, as the engine does. */
    private static float[] trim(TopK selector, float[] values, int k, int tile) {
        selector.reset();
        for (int start = 0; start < values.length; start += tile) {
            selector.countHigh(slice(values, start, tile), Math.min(tile, values.length - start));
        }
        selector.chooseBin(k);
        for (int start = 0; start < values.length; start += tile) {
            selector.countLow(slice(values, start, tile), Math.min(tile, values.length - start));
        }
        Threshold threshold = selector.threshold();
        float[] trimmed = new float[values.length];
        long left = threshold.equalKept();
        for (int start = 0; start < values.length; start += tile) {
            int count = Math.min(tile, values.length - start);
            float[] part = slice(values, start, tile);
            left = Trim.apply(part, count, threshold.bits(), left);
            System.arraycopy(part, 0, trimmed, start, count);
        }
        assertThat(left).isZero();
        return trimmed;
    }

    private static float[] slice(float[] values, int start, int length) {
        float[] part = new float[length];
        System.arraycopy(values, start, part, 0, Math.min(length, values.length - start));
        return part;
    }

    private static float[] few(Random random, int count) {
        float[] choices = {0f, -0f, 1e-4f, -1e-4f, 2e-4f, -2e-4f, 1e-42f};
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = choices[random.nextInt(choices.length)];
        }
        return values;
    }
}
