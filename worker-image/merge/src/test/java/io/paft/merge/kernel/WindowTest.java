package io.paft.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.paft.merge.TestModels;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class WindowTest {
    @RepeatedTest(40)
    void findsWhatTwoPassesFind(RepetitionInfo round) {
        Random random = new Random(round.getCurrentRepetition());
        List<float[]> ranges = IntStream.range(0, 1 + random.nextInt(4))
                .mapToObj(i -> bf16(TestModels.normal(i, 1 + random.nextInt(400), 1e-3)))
                .toList();
        int all = ranges.stream().mapToInt(range -> range.length).sum();
        int k = 1 + random.nextInt(all);
        Window first = new Window(Float.floatToRawIntBits(5e-4f), Window.WIDEST);
        List<Window> windows =
                IntStream.range(0, ranges.size()).mapToObj(i -> first.another()).toList();
        List<TopK> selectors =
                IntStream.range(0, ranges.size()).mapToObj(i -> new TopK()).toList();
        for (int i = 0; i < ranges.size(); i++) {
            windows.get(i).count(ranges.get(i), ranges.get(i).length);
            selectors.get(i).countHigh(ranges.get(i), ranges.get(i).length);
        }
        TopK.chooseBin(k, selectors);
        for (int i = 0; i < ranges.size(); i++) {
            selectors.get(i).countLow(ranges.get(i), ranges.get(i).length);
        }
        Threshold expected = TopK.threshold(selectors);
        Threshold found = Window.threshold(k, windows);
        int distance = expected.bits() - Float.floatToRawIntBits(5e-4f);
        if (distance < 0 || distance >= Window.WIDEST) {
            assertThat(found).isNull();
            return;
        }
        assertThat(found).isEqualTo(expected);
        for (int i = 0; i < ranges.size(); i++) {
            assertThat(windows.get(i).above(expected))
                    .isEqualTo(selectors.get(i).above(expected));
            assertThat(windows.get(i).equal(expected))
                    .isEqualTo(selectors.get(i).equal(expected));
        }
    }

    @RepeatedTest(20)
    void vectorsCountWhatTheReferenceCounts(RepetitionInfo round) {
        Random random = new Random(round.getCurrentRepetition());
        int count = random.nextInt(300);
        float[] values = TestModels.normal(round.getCurrentRepetition(), count, 1e-3);
        int low = Float.floatToRawIntBits(4e-4f);
        int span = 1 + random.nextInt(Window.WIDEST);
        int[] edges = {low - 1, low, low + span - 1, low + span};
        for (int i = 0; i < count; i += 3) {
            float edge = Float.intBitsToFloat(edges[random.nextInt(edges.length)]);
            values[i] = random.nextBoolean() ? edge : -edge;
        }
        int[] vector = new int[span];
        int[] scalar = new int[span];
        assertThat(VectorElements.countWindow(
                        values, 0, count, low, span, vector, new int[count + VectorElements.WIDEST]))
                .isEqualTo(Window.countWindow(values, 0, count, low, span, scalar));
        assertThat(vector).isEqualTo(scalar);
    }

    @Test
    void aSampleTellsWhereToLook() {
        TopK sample = new TopK();
        sample.countHigh(TestModels.normal(1, 32_768, 1e-3), 32_768);
        Window window = Objects.requireNonNull(sample.window(0.2, 32_768));
        float[] all = TestModels.normal(2, 1_000_000, 1e-3);
        window.count(all, all.length);
        assertThat(Window.threshold(200_000, List.of(window))).isNotNull();
        assertThat(sample.window(0, 32_768)).isNull();
        assertThat(sample.window(1, 32_768)).isNull();
    }

    /** As the difference of two bf16 checkpoints is: few magnitudes, each of them often. */
    private static float[] bf16(float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = Float.intBitsToFloat(FloatCodec.bf16(values[i]) << 16);
        }
        return values;
    }
}
