package io.paft.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.TestModels;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

class AscendingTest {
    @RepeatedTest(30)
    void sortsAsTheLibraryDoes(RepetitionInfo round) {
        Random random = new Random(round.getCurrentRepetition());
        float[] magnitudes = TestModels.normal(round.getCurrentRepetition(), random.nextInt(20_000), 1e-3);
        for (int i = 0; i < magnitudes.length; i++) {
            magnitudes[i] = switch (random.nextInt(50)) {
                case 0 -> 0f;
                case 1 -> Float.POSITIVE_INFINITY;
                case 2 -> Float.NaN;
                case 3 -> Float.MIN_VALUE;
                default -> Math.abs(Math.scalb(magnitudes[i], random.nextInt(200) - 100));
            };
        }
        int count = magnitudes.length - random.nextInt(magnitudes.length / 2 + 1);
        float[] expected = Arrays.copyOf(magnitudes, count);
        Arrays.sort(expected);
        float[] before = magnitudes.clone();

        assertThat(Ascending.of(magnitudes, count)).isEqualTo(expected);
        assertThat(magnitudes).isEqualTo(before);
    }
}
