package io.paft.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowRanksTest {
    private static final long KEY = 0x12f329251cf23d35L;

    /** Rows as trainings leave them: smooth, with many exact zeros, all zero, of few distinct values, all equal. */
    @ParameterizedTest
    @CsvSource({
        "SMOOTH,2048,0.4,0.1",
        "SMOOTH,1,0.4,0.1",
        "SMOOTH,2,0.5,0.5",
        "SMOOTH,333,0.9,0.1",
        "SMOOTH,4096,0.3,0",
        "ZEROS,2048,0.4,0.1",
        "ZERO,1000,0.4,0.3",
        "FEW,4096,0.4,0.1",
        "EQUAL,2048,0.5,0.2",
        "SMALLEST,512,0.5,0.5",
        "ODD,2048,0.4,0.1",
        "ODD,300,0.5,0.5"
    })
    void asRanksAndNumbersSay(Row kind, int length, double density, double epsilon) {
        float[] row = kind.of(length);
        var ranks = new RowRanks(length);
        for (Row other : Row.values()) {
            // What is left of the row before must not matter.
            ranks.load(other.of(length), 0, length);
            ranks.draw(KEY, 5, density, epsilon);
        }
        int half = length / 2;
        ranks.load(row, 0, half);
        ranks.load(Arrays.copyOfRange(row, half, length), half, length - half);
        ranks.draw(KEY, 77, density, epsilon);
        float[] kept = row.clone();
        int count = ranks.apply(kept, 0, 0, half) + ranks.apply(kept, half, half, length - half);

        boolean[] expected = reference(row, 77, density, epsilon);
        assertThat(count).isEqualTo((int)
                IntStream.range(0, length).filter(i -> expected[i]).count());
        for (int i = 0; i < length; i++) {
            assertThat(kept[i]).as("element %d", i).hasToString(Float.toString(expected[i] ? row[i] : 0f));
        }
    }

    private static boolean[] reference(float[] row, long start, double density, double epsilon) {
        Integer[] order = IntStream.range(0, row.length).boxed().toArray(Integer[]::new);
        Arrays.sort(
                order, Comparator.comparing((Integer i) -> Math.abs(row[i])).thenComparing(Comparator.reverseOrder()));
        boolean[] kept = new boolean[row.length];
        for (int rank = 0; rank < row.length; rank++) {
            double share = row.length == 1 ? 0.5 : (double) rank / (row.length - 1);
            double probability = density - epsilon + 2 * epsilon * share;
            kept[order[rank]] = CounterRandom.uniform(KEY, start + order[rank]) < probability;
        }
        return kept;
    }

    private static final float[] ALL_KINDS = {
        0f, 0f, -0f, Float.MIN_VALUE, 1e-42f, Float.MIN_NORMAL, 1e-3f, -1f, 1e30f, Float.NEGATIVE_INFINITY, Float.NaN
    };

    enum Row {
        SMOOTH,
        ZEROS,
        ZERO,
        FEW,
        EQUAL,
        SMALLEST,
        ODD;

        float[] of(int length) {
            var random = new Random(length);
            float[] row = new float[length];
            for (int i = 0; i < length; i++) {
                float drawn = (float) (random.nextGaussian() * 1e-3);
                row[i] = switch (this) {
                    case SMOOTH -> drawn;
                    case ZEROS -> random.nextInt(3) == 0 ? drawn : 0f;
                    case ZERO -> 0f;
                    case FEW -> Math.round(drawn * 2000) / 2048f;
                    case EQUAL -> random.nextBoolean() ? 0.5f : -0.5f;
                    case ODD -> ALL_KINDS[random.nextInt(ALL_KINDS.length)] * (random.nextBoolean() ? drawn : 1);
                    case SMALLEST -> Float.intBitsToFloat(random.nextInt(1 << 10));
                };
            }
            return row;
        }
    }
}
