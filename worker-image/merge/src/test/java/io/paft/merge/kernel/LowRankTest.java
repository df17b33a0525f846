package io.paft.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.TestModels;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

class LowRankTest {
    @RepeatedTest(60)
    void anyPartIsTheSameToTheBit(RepetitionInfo round) {
        Random random = new Random(round.getCurrentRepetition());
        int rows = 1 + random.nextInt(12);
        int columns = 1 + random.nextInt(90);
        int rank = 1 + random.nextInt(9);
        float[] left = TestModels.normal(1, rows * rank, 1);
        float[] right = TestModels.normal(2, rank * columns, 1);
        int start = random.nextInt(rows * columns);
        int count = 1 + random.nextInt(rows * columns - start);
        float[] part = new float[count];

        float[] blocks = LowRank.blocks(right, rank, columns, false);
        LowRank.product(left, blocks, rank, columns, 0.5f, start, count, part);

        for (int i = 0; i < count; i++) {
            int row = (start + i) / columns;
            int column = (start + i) % columns;
            float sum = 0;
            for (int k = 0; k < rank; k++) {
                sum = Math.fma(left[row * rank + k], right[k * columns + column], sum);
            }
            assertThat(part[i]).isEqualTo(sum * 0.5f);
        }
    }
}
